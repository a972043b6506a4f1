import { describe, expect, test } from "vitest";
import { decodePieces } from "../../../src/text/tokenizer/pieces.ts";
import { commonPrefixLength } from "../../../src/text/tokenizer/common-prefix.ts";

const tokens: readonly (readonly number[])[] = [
  [104, 105],
  [0xf0, 0x9f],
  [0x99],
  [0x82, 33],
  [0xff],
  [0xef, 0xbb, 0xbf],
];
const bytesOf = (id: number): Uint8Array => Uint8Array.from(tokens[id] ?? []);

test.each([
  ["whole characters", [0, 0], ["hi", "hi"]],
  ["a character over three tokens", [0, 1, 2, 3], ["hi", "", "", "🙂!"]],
  ["bytes that are not UTF-8", [4, 0], ["\ufffd", "hi"]],
  ["a character cut at the end", [0, 1], ["hi", "\ufffd"]],
  ["a byte order mark", [5, 0], ["\ufeff", "hi"]],
  ["nothing", [], []],
])("pieces: %s → texts", (_, ids, wanted) => {
  expect(decodePieces(ids, bytesOf)).toEqual(wanted);
});

describe("commonPrefixLength", () => {
  test.each([
    [[], 0],
    [[[1, 2, 3]], 3],
    [
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
      3,
    ],
    [
      [
        [1, 2, 3],
        [1, 2],
        [1, 2, 4],
      ],
      2,
    ],
    [
      [
        [1, 2],
        [3, 2],
      ],
      0,
    ],
    [[[1], []], 0],
  ])("common-prefix: %j → %d", (prompts, length) => {
    expect(commonPrefixLength(prompts.map((ids) => Uint32Array.from(ids)))).toBe(length);
  });
});
