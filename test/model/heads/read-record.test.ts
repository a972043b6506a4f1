/** reward.json: every field is used, or refused by name. */
import { expect, test } from "vitest";
import { WeightsError } from "../../../src/errors.ts";
import { readRecord } from "../../../src/model/heads/read-record.ts";

const mlp = { kind: "mlp", layers: [{ name: "a.0", activation: "relu" }, { name: "a.2" }] };
const labels = { kind: "labels", labels: ["yes", "no"] };

test("record: the least → the documented defaults", () => {
  expect(readRecord({ head: mlp })).toMatchObject({
    weights: undefined,
    read: { at: "last" },
    positions: "mrope",
    output: { kind: "raw", index: 0, mean: 0, std: 1 },
    passes: [{ head: mlp, prompt: { generationPrompt: false, suffix: "", defaults: {} } }],
  });
});

test("record: passes → a pass's prompt stands over the common one", () => {
  const { passes, output } = readRecord({
    passes: [
      { head: mlp, prompt: { user: [{ text: "one" }] } },
      { head: mlp, prompt: { generation_prompt: false } },
    ],
    read: { at: "token", token: "<r>" },
    prompt: { user: [{ text: "both" }], generation_prompt: true, suffix: "!" },
    output: { index: 1, combine: "mean" },
  });
  expect(passes.map(({ prompt }) => [prompt.user, prompt.generationPrompt, prompt.suffix])).toEqual(
    [
      [[{ text: "one" }], true, "!"],
      [[{ text: "both" }], false, "!"],
    ],
  );
  expect(output.index).toBe(1);
});

test.each([
  ["an unknown field", { head: mlp, heads: [] }, /reward\.json, heads: .*not known/],
  ["no head", {}, /head.*either a head, or passes/],
  ["both", { head: mlp, passes: [] }, /passes.*either a head, or passes/],
  ["no passes", { passes: [] }, /one pass or more/],
  ["another kind", { head: { kind: "moe" } }, /head, kind: .*mlp, labels, pointer, got "moe"/],
  ["no layers", { head: { kind: "mlp", layers: [] } }, /one layer or more/],
  [
    "another function",
    { head: { ...mlp, layers: [{ name: "a", activation: "swish" }] } },
    /relu, silu/,
  ],
  ["a field of another head", { head: { ...labels, layers: [] } }, /head, layers.*not known/],
  ["equal labels", { head: { kind: "labels", labels: ["a", "a"] } }, /all different/],
  ["one label for a difference", { head: { kind: "labels", labels: ["a"] } }, /2 labels or more/],
  ["labels read at a marker", { head: labels, read: { at: "token", token: "x" } }, /read/],
  ["a marker without a text", { head: mlp, read: { at: "token" } }, /token.*a text/],
  ["a token for the last", { head: mlp, read: { at: "last", token: "x" } }, /read, token/],
  ["other positions", { head: mlp, positions: "2d" }, /mrope, 1d/],
  ["vocabulary of an mlp", { head: mlp, output: { kind: "vocabulary" } }, /raw, sigmoid, softmax/],
  ["an index of labels", { head: labels, output: { index: 0 } }, /output, index.*not known/],
  ["a mean of a softmax", { head: mlp, output: { kind: "softmax", mean: 1 } }, /output, mean/],
  ["an aggregate of one value", { head: mlp, output: { aggregate: "min" } }, /output, aggregate/],
  ["combine without passes", { head: mlp, output: { combine: "mean" } }, /output, combine/],
  ["a deviation of 0", { head: mlp, output: { std: 0 } }, /other than 0/],
  [
    "isolated options",
    { head: { kind: "pointer", head_dim: 8, option_isolation: true } },
    /isolation/,
  ],
  ["turns beside pieces", { head: labels, prompt: { pieces: ["a"], user: [] } }, /prompt, user/],
  [
    "a part of no kind",
    { head: labels, prompt: { user: [{ txt: "" }] } },
    /user\[0\].*text, image/,
  ],
  [
    "two kinds in a part",
    { head: labels, prompt: { user: [{ text: "", image: "" }] } },
    /image.*not known/,
  ],
  [
    "least above most",
    { head: mlp, prompt: { pictures: { min_pixels: 9, max_pixels: 4 } } },
    /at most/,
  ],
  ["other alpha", { head: mlp, prompt: { pictures: { alpha: "black" } } }, /white, drop/],
  [
    "weights elsewhere",
    { head: mlp, weights: "../x.safetensors" },
    /weights.*a file of the folder/,
  ],
  ["weights in a pickle", { head: mlp, weights: "x.bin" }, /NAME\.safetensors/],
  ["heads of two kinds", { passes: [{ head: mlp }, { head: labels }] }, /heads of one kind/],
  ["a list", [], /an object/],
])("record: %s → WeightsError that names it", (_, json, message) => {
  expect(() => readRecord(json)).toThrow(WeightsError);
  expect(() => readRecord(json)).toThrow(message);
});
