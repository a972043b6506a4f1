/** The journal format of scores: every changed line is found. */
import { isId } from "../../src/base/json.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  entryFault,
  entryLine,
  KeptEntries,
  readEntry,
  type JournalEntry,
} from "../../src/score/journal.ts";
import { rowsPerSecond, shareDone, timeLeft } from "../../src/score/rate.ts";

const entry: JournalEntry = { id: "a", digest: "d", scores: [1.5, -2], pixels: [] };

test("entry: written and read back → the same", () => {
  expect(readEntry(entryLine(entry))).toEqual(entry);
  const failure = { id: null, digest: "d", failure: "why" };
  expect(readEntry(entryLine(failure))).toEqual(failure);
});

test("entry: any change of any character → found", () => {
  const line = entryLine(entry);
  fc.assert(
    fc.property(fc.nat(line.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, text) => {
      const changed = line.slice(0, at) + text + line.slice(at + 1);
      fc.pre(changed !== line);
      expect(typeof readEntry(changed)).toBe("string");
    }),
    { seed: 13, numRuns: 2000 },
  );
});

test.each([
  ['{"id":"a","digest":"d","scores":[9]}', "has no check"],
  [entryLine(entry).replace("1.5", "9.5"), "is not as it was written"],
  [entryLine({ ...entry, scores: [Number.NaN] }), "has no finite scores"],
  [entryLine({ ...entry, scores: [] }), "has no finite scores"],
  [entryLine({ digest: "d", scores: [1] } as never), "has no id"],
  [entryLine({ id: "a", scores: [1] } as never), "has no digest"],
  ["", "has no check"],
])("entry: %s → %s", (line, why) => {
  expect(readEntry(line)).toBe(why);
});

test("entryFault: another id, another input, other counts → named", () => {
  const row = { id: "a", digest: "d", conversations: 2 };
  expect(entryFault(entry, row)).toBeUndefined();
  expect(entryFault(entry, { ...row, id: "b" })).toContain("of the id");
  expect(entryFault(entry, { ...row, digest: "e" })).toBe("is of another input");
  expect(entryFault(entry, { ...row, conversations: 3 })).toBe("has 2 scores for 3 conversations");
});

test("kept: found by id and digest, and only if the count fits", () => {
  const kept = new KeptEntries();
  kept.add(entry);
  expect(kept.find({ id: "a", digest: "d", conversations: 2 })).toBe(entry);
  expect(kept.find({ id: "a", digest: "e", conversations: 2 })).toBeUndefined();
  expect(kept.find({ id: "a", digest: "d", conversations: 1 })).toBeUndefined();
});

test.each([
  ["x", true],
  ["", true],
  [7, true],
  [-0.5, true],
  [2 ** 53 - 1, true],
  [2 ** 53, false],
  [Infinity, false],
  [Number.NaN, false],
  [null, false],
  [{}, false],
])("isId: %j → %s", (value, is) => {
  expect(isId(value)).toBe(is);
});

test("rate: 25 rows in 10 s, 50 more in an earlier run → the rate of this run alone", () => {
  const run = { done: 20, failed: 5, reached: 75, total: 100, skipped: 50, elapsedMs: 10_000 };
  expect([rowsPerSecond(run), shareDone(run), timeLeft(run)]).toEqual([2.5, 0.75, 10]);
  const none = { ...run, reached: 0, total: 0, skipped: 0, elapsedMs: 0 };
  expect([rowsPerSecond(none), shareDone(none), timeLeft(none)]).toEqual([undefined, 0, undefined]);
});
