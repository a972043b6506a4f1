// Tested by: test/demo/language/language.test.ts
/** The words of Label, in the page's language. They are loaded with the view, not with the page. */
import { label as english } from "../language/en/label.ts";
import type { LabelWords } from "../language/en/label.ts";
import { label as japanese } from "../language/ja/label.ts";
import { languageName } from "../language/language.ts";

export function say(): LabelWords {
  return languageName() === "ja" ? japanese : english;
}
