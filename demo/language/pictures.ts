// Tested by: test/demo/language/language.test.ts
/** The words of generated pictures in Rank, in the page's language; loaded with what draws them. */
import { english } from "./en/pictures.ts";
import type { PictureWords } from "./en/pictures.ts";
import { japanese } from "./ja/pictures.ts";
import { languageName } from "./language.ts";

export function pictureWords(): PictureWords {
  return languageName() === "ja" ? japanese : english;
}
