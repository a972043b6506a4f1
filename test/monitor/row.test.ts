/** Rows that `monitor` reads: what each field means, and what is refused. */
import { expect, test } from "vitest";
import { readMonitorRow } from "../../src/monitor/row.ts";
import { digestOfText } from "../../src/score/journal.ts";

test("row: what score writes, alone → id, score, tokens, nothing else", () => {
  expect(readMonitorRow({ id: 7, score: -1.5, tokens: 40 }, "run")).toEqual({
    id: "7",
    score: -1.5,
    time: undefined,
    tokens: 40,
    pictures: undefined,
    pixels: undefined,
    isOutside: undefined,
    isRight: undefined,
    chance: undefined,
    isAnchor: false,
    digest: undefined,
    model: undefined,
    engine: undefined,
    groups: {},
  });
});

test("row: all fields → read; short texts and truths are groups, long texts are not", () => {
  const row = readMonitorRow(
    {
      id: "anchor 3",
      score: 2,
      tokens: null,
      time: "2026-11-29T06:00:00Z",
      input_ids: [1, 22, 3],
      images: [
        { width: 10, height: 20 },
        { width: 99, height: 99, resizedWidth: 20, resizedHeight: 20 },
      ],
      strangeness: 1.2,
      correct: 0,
      probability: 0.7,
      model: "m",
      revision: "r",
      weights: "q8",
      language: "ja",
      isUrgent: true,
      comment: "x".repeat(61),
      count: 3,
    },
    "run",
  );
  expect(row).toEqual({
    id: "anchor 3",
    score: 2,
    time: Date.UTC(2026, 10, 29, 6),
    tokens: undefined,
    pictures: 2,
    pixels: 300,
    isOutside: true,
    isRight: false,
    chance: 0.7,
    isAnchor: true,
    digest: digestOfText("1,22,3"),
    model: 'model "m", revision "r"',
    engine: 'weights "q8"',
    groups: { language: "ja", isUrgent: "true" },
  });
});

test.each([
  [{ time: 1_700_000_000 }, { time: 1_700_000_000_000 }],
  [{ time: 1_700_000_000_000 }, { time: 1_700_000_000_000 }],
  [{ pictures: 0 }, { pictures: 0, pixels: undefined }],
  [{ pixels: 0 }, { pictures: 0, pixels: 0 }],
  [{ pixels: 900 }, { pictures: 1, pixels: 900 }],
  [{ outside: false }, { isOutside: false }],
  [
    { anchor: false, digest: "d" },
    { isAnchor: false, digest: "d" },
  ],
])("row: %j → %j", (fields, expected) => {
  expect(readMonitorRow({ id: "a", score: 0, ...fields }, "run")).toMatchObject(expected);
});

test.each([
  [{ id: null }, "run, line 1, id: expected an id, got null"],
  [{ score: "1" }, "run, line 1, score: expected a finite number, got a string"],
  [{ score: NaN }, "score: expected a finite number, got NaN"],
  [{ tokens: -1 }, "tokens: expected a number from 0, got -1"],
  [{ time: "yesterday" }, "time: expected a date as ISO 8601 has it"],
  [{ correct: "yes" }, "correct: expected true or false, got a string"],
  [{ probability: 1.2 }, "probability: expected 0 to 1, got 1.2"],
  [{ digest: 5 }, "digest: expected a text, got a number"],
])("row: %j → refused by name", (fields, message) => {
  expect(() => readMonitorRow({ id: "a", score: 0, ...fields }, "run, line 1")).toThrow(message);
});
