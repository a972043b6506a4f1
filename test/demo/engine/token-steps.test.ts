import { describe, expect, it } from "vitest";
import { moves, tokenSteps, visibleText } from "../../../demo/engine/token-steps.ts";
import type { Score } from "../../../src/types.ts";

function scoreOf(values: readonly number[], begin: number, end: number): Score {
  return {
    value: values.at(-1) ?? 0,
    tokenIds: Uint32Array.from(values, (_, at) => at),
    tokenValues: Float32Array.from(values),
    response: { begin, end },
    images: [],
    timesMs: { images: 0, text: 0, gpu: 0, total: 0 },
  };
}

describe("token steps", () => {
  it("token steps: a response of two tokens → the value before it, its tokens, the template's end", () => {
    const steps = tokenSteps(scoreOf([9, 1, 2, 4, 3, 5], 2, 4), ["Yes", ".", "<|im_end|>", "\n"]);
    expect(steps).toEqual([
      { text: "", value: 1, part: "start" },
      { text: "Yes", value: 2, part: "response" },
      { text: ".", value: 4, part: "response" },
      { text: "<|im_end|>", value: 3, part: "end" },
      { text: "\n", value: 5, part: "end" },
    ]);
  });

  it("token steps: a character of three tokens → one step with the value of the last", () => {
    const steps = tokenSteps(scoreOf([0, 1, 2, 3, 4], 1, 4), ["", "", "猫", "\n"]);
    expect(steps.map(({ text, value }) => [text, value])).toEqual([
      ["", 0],
      ["猫", 3],
      ["\n", 4],
    ]);
  });

  it.each([
    ["a family", ["👩", "\u200d", "👩", "\u200d👧", "!"], ["👩‍👩‍👧", "!"]],
    ["a flag and a skin tone", ["🇯", "🇵", "👍", "🏽"], ["🇯🇵", "👍🏽"]],
    ["an accent of its own", ["e", "\u0301", "t"], ["é", "t"]],
    ["an emoji, cut off in its middle", ["a", "👩", "\u200d"], ["a", "👩‍"]],
    ["Arabic vowel signs", ["م", "\u064e", "رحبا"], ["مَ", "رحبا"]],
  ])(
    "token steps: %s in several tokens → one step for each character that is seen",
    (_, pieces, seen) => {
      const values = [0, ...pieces.keys(), 9];
      const steps = tokenSteps(scoreOf(values, 1, pieces.length + 1), [...pieces, "\n"]);
      expect(steps.slice(1, -1).map(({ text }) => text.normalize())).toEqual(
        seen.map((text) => text.normalize()),
      );
      expect(steps.at(-1)).toEqual({ text: "\n", value: 9, part: "end" });
      expect(steps.at(-2)?.value).toBe(pieces.length - 1);
    },
  );

  it("token steps: an empty response → start and end only, the last value is the score", () => {
    const steps = tokenSteps(scoreOf([0.5, 1.5, 2.5], 1, 1), ["<|im_end|>", "\n"]);
    expect(steps.map(({ part }) => part)).toEqual(["start", "end", "end"]);
    expect(steps.at(-1)?.value).toBe(2.5);
  });

  it("moves: any steps → they add up to the score", () => {
    const all = moves(tokenSteps(scoreOf([2, 5, 1, 3], 1, 3), ["a", "b", "\n"]));
    expect(all.map(({ move }) => move)).toEqual([0, 3, -4, 2]);
    expect(2 + all.reduce((sum, { move }) => sum + move, 0)).toBe(3);
  });

  it.each([
    [" the", "the"],
    [" ", "␣"],
    ["  ", "␣␣"],
    ["\n\n", "⏎⏎"],
    ["a b", "a b"],
  ])("visible text: %j → %s", (text, seen) => {
    expect(visibleText({ text, value: 0, part: "response" })).toBe(seen);
  });
});
