/** The head's file, read back by npm's own reader of safetensors. */
import { expect, test } from "vitest";
import { headFile } from "../../src/adapt/head-file.ts";
import { openByNpm } from "../../testing/checkpoint/npm-safetensors.ts";

test("head file: weight, bias and origin → another reader has the same", () => {
  const bytes = headFile(
    new Map([
      ["v_head.summary.weight", { shape: [1, 3], values: [0.5, -1, 1e-3] }],
      ["v_head.summary.bias", { shape: [1], values: [2] }],
    ]),
    { format: "pt", labels: "80, ä" },
  );
  expect(bytes.length % 4).toBe(0);
  const file = openByNpm(bytes.slice());
  expect(file).toBeDefined();
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  expect(header.__metadata__).toEqual({ format: "pt", labels: "80, ä" });
  expect(header["v_head.summary.bias"]).toEqual({
    dtype: "F32",
    shape: [1],
    data_offsets: [12, 16],
  });
  const body = new Float32Array(bytes.slice(8 + length).buffer);
  expect([...body]).toEqual([0.5, -1, Math.fround(1e-3), 2]);
});
