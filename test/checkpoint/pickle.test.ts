/**
 * TRL's value head in a pickle, as torch wrote it: exact, and nothing is executed. make.py made the
 * files.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { toFloat32 } from "../../src/checkpoint/dtype.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { readPickle } from "../../src/checkpoint/pickle.ts";
import { WeightsError } from "../../src/errors.ts";
import { changedFolder } from "../../testing/checkpoint/folder-fixture.ts";
import { memoryFile } from "../../testing/files/node-source.ts";

const folder = new URL("pickles/", import.meta.url);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const values: Record<string, number[]> = JSON.parse(
  readFileSync(new URL("values.json", folder), "utf8"),
);

async function tensorsOf(bytes: Uint8Array): Promise<ReadonlyMap<string, readonly number[]>> {
  const entries = await readPickle(memoryFile("value_head.bin", bytes));
  const read = entries.map(async ({ name, file, begin, end, dtype }) => {
    const own = new Uint8Array(end - begin);
    await file.read(begin, own);
    return [name, [...toFloat32(own, dtype)]] as const;
  });
  return new Map(await Promise.all(read));
}

test.each([
  ["dict.bin", "weight"],
  ["view.bin", "weight"],
  ["state-dict-bf16.bin", "bf16"],
  ["parameters-f16.bin", "f16"],
])("pickle: %s → the numbers of torch", async (name, wanted) => {
  const tensors = await tensorsOf(bytesOf(name));
  expect(tensors.get("v_head.summary.weight")).toEqual(values[wanted]);
  expect([...tensors.keys()]).toEqual(["v_head.summary.weight", "v_head.summary.bias"]);
});

test.each([
  ["evil.bin", "a call of os.system", /names a class that is not read.*system/],
  ["list.bin", "a list", /opcode that is not read.*0x5d/],
  ["number.bin", "a number", /something else than tensors.*n/],
  ["transposed.bin", "columns first", /rows are not one after the other/],
  ["double.bin", "f64", /class that is not read.*DoubleStorage/],
  ["legacy.bin", "torch's older form", /not a zip/],
])("pickle: %s, %s → WeightsError with the lines that convert it", async (name, _, message) => {
  await expect(tensorsOf(bytesOf(name))).rejects.toThrow(WeightsError);
  await expect(tensorsOf(bytesOf(name))).rejects.toThrow(message);
  await expect(tensorsOf(bytesOf(name))).rejects.toThrow(/save_file.*torch\.load/);
});

test("pickle: each opcode that is not on the list → refused", async () => {
  const bytes = bytesOf("dict.bin");
  const text = Buffer.from(bytes);
  const program = text.indexOf(Buffer.from([0x80, 0x02]));
  const known = new Set(
    "2e 80 95 28 7d 29 74 85 86 87 4e 88 89 4b 4d 4a 8a 58 8c 63 93 71 72 94 68 6a 51 52 73 75 62".split(
      " ",
    ),
  );
  for (let opcode = 0; opcode < 256; opcode++) {
    const name = opcode.toString(16).padStart(2, "0");
    if (known.has(name)) continue;
    const changed = bytes.slice();
    changed[program + 2] = opcode;
    await expect(tensorsOf(changed), name).rejects.toThrow(`0x${name}`);
  }
});

test("pickle: cut off or changed anywhere → tensors or WeightsError, never another error", async () => {
  const bytes = bytesOf("dict.bin");
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = bytes.slice();
    changed[at] = changed[at]! ^ 0x55;
    for (const file of [changed, bytes.slice(0, at)]) {
      const error = await tensorsOf(file).catch((caught: unknown) => caught);
      expect(error instanceof Map || error instanceof WeightsError, `byte ${at}`).toBe(true);
    }
  }
});

test("checkpoint: value_head.bin beside the weights → its tensors among the others", async () => {
  const source = changedFolder("b", {
    "value_head.safetensors": undefined,
    "value_head.bin": bytesOf("dict.bin"),
  });
  const { tensors } = await openCheckpoint(source);
  expect(tensors.get("v_head.summary.weight")?.shape).toEqual([1, 24]);
});
