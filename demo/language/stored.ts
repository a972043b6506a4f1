// Tested by: test/demo/language/language.test.ts
/** The words of stored scores, in the page's language; loaded with what draws them. */
import { english } from "./en/stored.ts";
import type { StoredWords } from "./en/stored.ts";
import { japanese } from "./ja/stored.ts";
import { languageName } from "./language.ts";

export function storedWords(): StoredWords {
  return languageName() === "ja" ? japanese : english;
}
