// Tested by: test/demo/language/language.test.ts
/** The words of earlier turns and further pictures; loaded with what draws them. */
import { english } from "./en/context.ts";
import type { ContextWords } from "./en/context.ts";
import { japanese } from "./ja/context.ts";
import { languageName } from "./language.ts";

export function contextWords(): ContextWords {
  return languageName() === "ja" ? japanese : english;
}
