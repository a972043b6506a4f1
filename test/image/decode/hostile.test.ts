/** Files that are changed or cut at random: read, or refused by an error of the right kind. */
import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError, RewardError } from "../../../src/errors.ts";
import { decodeFile } from "../../../src/image/decode/file.ts";
import { readOrientation } from "../../../src/image/decode/orientation.ts";
import { openFormat } from "./open-format.ts";
import { readPillowCases } from "./pillow-cases.ts";

const FIELD = new URL("../field/", import.meta.url);
const NAMES = readdirSync(FIELD).flatMap((kind) =>
  readdirSync(new URL(kind, FIELD)).map((name) => `${kind}/${name}`),
);
const FILES: readonly Uint8Array[] = [
  ...NAMES.filter((name) => !name.endsWith(".expected.png")).map((name) =>
    readFileSync(new URL(name, FIELD)),
  ),
  ...readPillowCases().flatMap(({ file }, i) => (i % 40 === 0 ? [file] : [])),
];

const isExpected = (error: unknown): boolean =>
  error instanceof RewardError || error instanceof RangeError;

test("hostile: 3,000 files changed or cut at random → read, or refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...FILES),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 6 }),
      async (file, cut, changes) => {
        const bytes = Uint8Array.from(file.subarray(0, Math.ceil(file.length * (cut ?? 1))));
        // Headers are at the beginning: most changes go there.
        for (const [place, value] of changes) bytes[Math.floor(place ** 3 * bytes.length)] = value;
        const before = bytes.slice();
        try {
          const opened = await openFormat(bytes);
          if ("tags" in opened) expect(readOrientation(opened.tags)).toBeLessThanOrEqual(8);
        } catch (error) {
          if (!isExpected(error)) throw error;
        }
        expect(bytes).toEqual(before); // the caller's file stays
      },
    ),
    { numRuns: 3000, seed: 13 },
  );
}, 60_000);

test("hostile: extents of no bytes, 65,535 of them → RangeError, immediately", async () => {
  const file = readFileSync(new URL("avif-alpha/avif-rgba.avif", FIELD));
  const iloc = file.indexOf("iloc");
  file.writeUInt16BE(0, iloc + 8); // no bytes for offsets and lengths
  for (let at = iloc + 12; at < iloc + 40; at++) file[at] = 255;
  await expect(openFormat(file)).rejects.toSatisfy(isExpected);
});

test("decode: a Git LFS pointer instead of a picture → InputError that says so", async () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4f\nsize 962\n";
  const decoding = decodeFile(new TextEncoder().encode(pointer));
  await expect(decoding).rejects.toThrow(InputError);
  await expect(decoding).rejects.toThrow("git lfs pull");
});
