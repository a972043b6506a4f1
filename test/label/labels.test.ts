/** Rows of labels: the fields, the shapes of preferences, what is wrong. */
import { expect, test } from "vitest";
import { readLabel, targetOf, type Label } from "../../src/label/labels.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";

const base = {
  id: 1,
  messages: [{ role: "user", content: "2 + 2?" }],
  responses: ["4", "5"],
  label: "a",
};

function read(more: Readonly<Record<string, unknown>> = {}, unused = new UnusedFields()): Label {
  return readLabel({ ...base, ...more }, "l.jsonl, line 1", unused);
}

test("label: all fields → as given; the rest → defaults", () => {
  const label = read({ rater: "eva", probability: 0.25, label: "both_bad" });
  expect([label.label, label.rater, label.probability]).toEqual(["both-bad", "eva", 0.25]);
  expect(read()).toMatchObject({ label: "a", rater: "", probability: 1 });
  expect(["a", "b", "tie", "both-bad"].map((one) => targetOf(one as never))).toEqual([
    1, 0, 0.5, 0.5,
  ]);
});

test("label: chosen and rejected without a label → a is the chosen one", () => {
  const row = { id: 2, prompt: "2 + 2?", chosen: "4", rejected: "5" };
  const label = readLabel(row, "l", new UnusedFields());
  expect(label.label).toBe("a");
  expect(label.responses[0]).toEqual([{ role: "assistant", content: "4" }]);
});

test("label: the same pair, sides changed → one pair; another prompt → another", () => {
  const swapped = read({ responses: ["5", "4"] });
  expect(swapped.pair).toBe(read().pair);
  const other = read({ messages: [{ role: "user", content: "2 + 3?" }] });
  expect(other.pair).not.toBe(read().pair);
  expect(other.prompt).not.toBe(read().prompt);
});

test("label: unknown columns → named in a warning, label fields are not", () => {
  const unused = new UnusedFields();
  read({ rater: "eva", seconds: 3, mood: "good" }, unused);
  expect(unused.warnings("l.jsonl").join()).toContain("have no effect: mood");
});

test("label: one response, three, a wrong label, none, a wrong probability → the field is named", () => {
  expect(() => read({ responses: ["4"] })).toThrow("responses: expected two responses, got 1");
  expect(() => read({ responses: ["4", "5", "6"] })).toThrow("expected two responses, got 3");
  expect(() => read({ label: "left" })).toThrow('label: expected "a", "b", "tie" or "both-bad"');
  expect(() => read({ label: undefined })).toThrow("l.jsonl, line 1, label: expected");
  expect(() => read({ probability: 0 })).toThrow("probability: expected the chance");
  expect(() => read({ rater: ["x"] })).toThrow("rater: expected a text");
});
