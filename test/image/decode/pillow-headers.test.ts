/**
 * Thousands of odd but mostly legal files, read as Pillow reads them: size, orientation, and of BMP
 * the pixels. `test/golden/image/headers.py` makes them.
 */
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { RewardError } from "../../../src/errors.ts";
import { formatOf, readImageHeader } from "../../../src/image/decode/header.ts";
import { readOrientation } from "../../../src/image/decode/orientation.ts";
import { readPillowCases, type PillowCase } from "./pillow-cases.ts";

const CASES = readPillowCases();

/** Returns what the engine reads of a file, or the message of its error. */
async function read(file: Buffer): Promise<Omit<PillowCase, "file"> | string> {
  try {
    const bytes = new Uint8Array(file);
    const { width, height } = readImageHeader(bytes);
    const opened = await formatOf(bytes).open(bytes, [width, height]);
    if ("tags" in opened)
      return { width, height, orientation: readOrientation(opened.tags), pixels: 0 };
    const rgb = opened.data.filter((_, i) => i % 4 < 3);
    return { width, height, orientation: 1, pixels: crc32(Buffer.from(rgb)) };
  } catch (error) {
    if (!(error instanceof RewardError) && !(error instanceof RangeError)) throw error;
    return error.message;
  }
}

const typeOf = ({ file }: PillowCase): string => formatOf(file).type;
const TYPES = [...new Set(CASES.map(typeOf))];

describe("files as Pillow reads them", () => {
  test.each(TYPES)("pillow: %s → the same size and orientation, or refused", async (type) => {
    const different: string[] = [];
    const refused: string[] = [];
    const cases = CASES.filter((one) => typeOf(one) === type && one.orientation > 0);
    for (const { file, ...expected } of cases) {
      const got = await read(file);
      if (typeof got === "string") refused.push(got);
      else if (JSON.stringify(got) !== JSON.stringify(expected)) {
        different.push(
          `${JSON.stringify(expected)} ${JSON.stringify(got)} ${file.toString("hex")}`,
        );
      }
    }
    console.log(`pillow: ${cases.length} files of ${type}, ${refused.length} refused`);
    expect(different.slice(0, 5)).toEqual([]);
    expect(refused.length).toBeLessThanOrEqual(cases.length / 20);
  });
});
