// Tested by: test/demo/language/language.test.ts
/** The words of the panel that explains a score, in the page's language; loaded with the panel. */
import { english } from "./en/explain.ts";
import type { ExplainWords } from "./en/explain.ts";
import { japanese } from "./ja/explain.ts";
import { languageName } from "./language.ts";

export function explainWords(): ExplainWords {
  return languageName() === "ja" ? japanese : english;
}
