/** Pairs of labels: votes are counted, sides are turned, ties and provenance kept. */
import { expect, test } from "vitest";
import { readLabel, type Label } from "../../src/label/labels.ts";
import { formatPair, pairFormats } from "../../src/pairs/formats.ts";
import { pairsOfLabels } from "../../src/pairs/labelled.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";

function label(row: Readonly<Record<string, unknown>>): Label {
  const base = { id: "p1", prompt: "Which?", responses: ["one", "two"], rater: "eva" };
  return readLabel({ ...base, ...row }, "line 1", new UnusedFields());
}

test("pairs of labels: two raters, one of them with sides turned → the majority, with its counts", () => {
  const scores = { scores: [1.5, 0.25], model: "org/m", revision: "r1", head: "mine.safetensors" };
  const labels = [
    label({ label: "a", seconds: 2, seed: 7 }),
    label({ label: "b", rater: "max", responses: ["two", "one"], seconds: 4, ...scores }),
    label({ label: "tie", rater: "ida" }),
  ];
  const { pairs, ties, notTexts } = pairsOfLabels(labels);
  expect([pairs.length, ties.length, notTexts]).toEqual([1, 0, 0]);
  const { pair, source } = pairs[0]!;
  expect([pair.chosen, pair.rejected]).toEqual(["one", "two"]);
  // The scores of the turned row are of "two" and "one".
  expect([pair.chosenScore, pair.rejectedScore]).toEqual([0.25, 1.5]);
  const rater = "eva, max, ida";
  expect(pair.labels).toEqual({ rater, votes: 2, labels: 3, seconds: 3, seed: 7 });
  expect(source).toEqual({ model: "org/m", revision: "r1", head: "mine.safetensors" });
  for (const format of pairFormats) {
    const row = JSON.stringify(formatPair(format, pair, { source, path: (name) => name }));
    for (const part of ["eva, max, ida", "mine.safetensors", '"seed":7', '"seconds":3', "org/m"]) {
      expect(row, format).toContain(part);
    }
  }
});

test("pairs of labels: ties, both bad, a split → none of them a pair, each named", () => {
  const of = (id: string, rows: readonly string[]): Label[] =>
    rows.map((one) => label({ id, prompt: id, label: one }));
  const { pairs, ties } = pairsOfLabels([
    ...of("t", ["tie"]),
    ...of("bad", ["both-bad", "both-bad"]),
    ...of("split", ["a", "b"]),
    ...of("mixed", ["tie", "both-bad"]),
  ]);
  expect(pairs).toEqual([]);
  expect(ties.map((one) => one.label)).toEqual(["tie", "both-bad", "split", "tie"]);
});

test("pairs of labels: no model, a response of several turns → scores null, counted", () => {
  const turns = [
    { role: "assistant", content: "one" },
    { role: "user", content: "sure?" },
    { role: "assistant", content: "yes" },
  ];
  const { pairs, notTexts } = pairsOfLabels([
    label({ label: "b" }),
    label({ id: "x", prompt: "other", responses: [turns, "two"], label: "a" }),
  ]);
  expect(notTexts).toBe(1);
  const { pair, source } = pairs[0]!;
  const row = formatPair("trl", pair, { source, path: (name) => name });
  expect(row).toMatchObject({ vl_reward: { chosen_score: null, margin: null, model: "none" } });
});
