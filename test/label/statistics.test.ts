/** What labels say of raters. */
import { expect, test } from "vitest";
import { readLabel, type Label, type LabelValue } from "../../src/label/labels.ts";
import { labelStatistics } from "../../src/label/statistics.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";

let count = 0;
function label(prompt: string, value: LabelValue, rater: string, isSwapped = false): Label {
  const responses = isSwapped ? ["no", "yes"] : ["yes", "no"];
  const row = { id: (count += 1), prompt, responses, label: value, rater };
  return readLabel(row, "l", new UnusedFields());
}

const labels = [
  label("p1", "a", "eva"),
  label("p1", "b", "max", true),
  label("p2", "a", "eva"),
  label("p2", "b", "max"),
  label("p3", "tie", "eva"),
  label("p3", "both-bad", "max"),
  label("p1", "a", "eva"),
];

test("statistics: two raters, sides changed → who agrees where", () => {
  const found = labelStatistics(labels);
  expect([found.labels, found.pairs, found.prompts]).toEqual([7, 3, 3]);
  expect(found.counts).toEqual({ a: 3, b: 2, tie: 1, "both-bad": 1 });
  expect(found.raters.map(({ rater, labels: own }) => [rater, own])).toEqual([
    ["eva", 4],
    ["max", 3],
  ]);
  // "b" with the sides changed is what eva said of p1.
  expect(found.disagreements.map(({ id, labels: own }) => [id, own.length])).toEqual([[3, 2]]);
  // krippendorff.alpha([[-1, -1, 0], [-1, 1, 0]], level_of_measurement="ordinal")
  expect(found.alpha).toBeCloseTo(1 / 9, 12);
});

test("statistics: a pair labelled twice → agreement with oneself", () => {
  const [eva, max] = labelStatistics(labels).raters;
  expect(eva?.self).toMatchObject({ count: 1, equal: 1, share: 1 });
  expect(max?.self).toBeUndefined();
});

test("statistics: margins → agreement with the model, ties aside, with its interval", () => {
  const margins = [1, 1, -1, -1, 1, 1, undefined];
  const [eva, max] = labelStatistics(labels, margins).raters;
  expect(eva?.model).toMatchObject({ count: 2, equal: 1, share: 0.5 });
  expect(eva?.model?.interval.low).toBeGreaterThan(0);
  expect(max?.model).toMatchObject({ count: 2, equal: 1 });
  expect(() => labelStatistics(labels, [1])).toThrow("margins: expected 7 numbers, got 1");
});
