/**
 * The language of a text, by its script: for the voice of a screen reader and for the glyphs of Han
 * characters. A script that many languages share is said as a script alone.
 */

const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, "ja"],
  [/\p{Script=Hangul}/u, "ko"],
  [/\p{Script=Han}/u, "zh"],
  [/\p{Script=Arabic}/u, "ar"],
  [/\p{Script=Hebrew}/u, "he"],
  [/\p{Script=Devanagari}/u, "hi"],
  [/\p{Script=Thai}/u, "th"],
  [/\p{Script=Greek}/u, "el"],
  [/\p{Script=Cyrillic}/u, "und-Cyrl"],
  [/\p{Script=Latin}/u, "en"],
];

/** How much of a text is read for it. */
const ENOUGH = 2000;

/** Returns a language tag; undefined for a text without letters. */
export function languageOf(text: string): string | undefined {
  const begin = text.slice(0, ENOUGH);
  return SCRIPTS.find(([script]) => script.test(begin))?.[1];
}
