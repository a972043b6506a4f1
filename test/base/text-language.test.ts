import { expect, it } from "vitest";
import { languageOf } from "../../src/base/text-language.ts";

it.each([
  ["紫の棒がいちばん高いです。", "ja"],
  ["カード", "ja"],
  ["最高的是紫色。", "zh"],
  ["보라색 막대", "ko"],
  ["العمود الأرجواني هو الأعلى", "ar"],
  ["העמודה הסגולה", "he"],
  ["Самый высокий", "und-Cyrl"],
  ["Yes, purple.", "en"],
  ["The kanji 紫 means purple.", "zh"],
  ["8 + 3 = 11", undefined],
  ["👩‍👩‍👧‍👦", undefined],
  ["", undefined],
])("language of %j → %s", (text, expected) => {
  expect(languageOf(text)).toBe(expected);
});
