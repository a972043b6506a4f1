// Tested by: test/demo/language/language.test.ts
/** The words of Rank's table, in the page's language. They are loaded with the table. */
import { table as english } from "../../language/en/table.ts";
import type { TableWords } from "../../language/en/table.ts";
import { table as japanese } from "../../language/ja/table.ts";
import { languageName } from "../../language/language.ts";

export function say(): TableWords {
  return languageName() === "ja" ? japanese : english;
}
