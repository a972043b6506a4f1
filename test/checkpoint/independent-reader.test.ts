/**
 * Well-formed files: our reader finds what npm's `safetensors` finds, tensor by tensor, byte by
 * byte.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeSafetensors } from "../../cli/output/safetensors-writer.ts";
import { dtypeBits } from "../../src/checkpoint/dtype.ts";
import { readSafetensors } from "../../src/checkpoint/safetensors.ts";
import { memoryFile } from "../../testing/files/node-source.ts";
import { openByNpm } from "../../testing/checkpoint/npm-safetensors.ts";
import { safetensors } from "../../testing/checkpoint/safetensors-bytes.ts";

async function compare(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const { tensors } = await readSafetensors(memoryFile(name, bytes));
  const theirs = openByNpm(Uint8Array.from(bytes));
  expect([...tensors.keys()].toSorted(), name).toEqual([...theirs.metadata.keys()].toSorted());
  for (const [tensor, { dtype, shape, begin, end }] of tensors) {
    const other = theirs.metadata.get(tensor);
    expect({ dtype, shape, data_offsets: [begin, end] }, `${name}: ${tensor}`).toEqual(other);
    const same = Buffer.compare(bytes.subarray(begin, end), theirs.getTensor(tensor)) === 0;
    expect(same, `${name}: bytes of ${tensor}`).toBe(true);
  }
  return tensors.size;
}

const root = path.resolve(import.meta.dirname, "../..");
const published = ["weights/tiny-vl-reward", "test/golden/models"].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".safetensors"))
    .map((name) => path.join(folder, name)),
);

test("safetensors: the embedded model and all goldens → as npm's safetensors reads them", async () => {
  let count = 0;
  for (const file of published) count += await compare(file, await bytesOf(path.join(root, file)));
  expect(published.length).toBeGreaterThan(15);
  expect(count).toBeGreaterThan(500);
});

test("safetensors: what the command line writes → as npm's safetensors reads it", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-npm-"));
  try {
    const file = path.join(folder, "trace.safetensors");
    const writer = await writeSafetensors(file);
    writer.add("a", [2, 3]);
    writer.add("b.é", []);
    const body = Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6, 7]).buffer);
    await writer.append(
      (async function* pieces() {
        yield body;
      })(),
    );
    await writer.finish();
    expect(await compare(file, await bytesOf(file))).toBe(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("safetensors: random well-formed headers → as npm's safetensors reads them", async () => {
  const dtypes = [...dtypeBits].filter(([, bits]) => bits % 8 === 0);
  const tensor = fc.record({
    name: fc.string({ minLength: 1 }).filter((name) => !name.startsWith("__")),
    type: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  });
  const unique = { selector: ({ name }: { name: string }) => name, maxLength: 6 };
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(tensor, unique), fc.nat(7), async (tensors, spaces) => {
      let end = 0;
      const entries = tensors.map(({ name, type: [dtype, bits], shape }) => {
        const begin = end;
        end += (shape.reduce((product, length) => product * length, 1) * bits) / 8;
        return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
      });
      const header = JSON.stringify(Object.fromEntries(entries)) + " ".repeat(spaces);
      const bytes = Uint8Array.from(safetensors(header, end));
      expect(await compare("random", bytes)).toBe(tensors.length);
    }),
    { numRuns: 300 },
  );
});

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFile(file));
}
