/**
 * Measures what a quantised copy in the store saves on the second visit. Fails if that visit reads
 * more than the copy has, asks the server, or gives another score.
 */

import { numberOf, UsageError, type Values } from "../tools/options.ts";
import { measureVisits, sizesOf7b, type TwoVisits } from "./visits/measure.ts";

export const usage = `
npm run bench -- visits [OPTIONS]: bytes and seconds of first and second visits, stored and quantised

  --layers N        of the made-up model, 12 by default: about a gigabyte
  --weights FORM    q4 (the default) or q8
`;

export const options = {
  layers: { type: "string", default: "12" },
  weights: { type: "string", default: "q4" },
} as const;

export async function run({ layers, weights }: Values<typeof options>): Promise<boolean> {
  if (weights !== "q4" && weights !== "q8")
    throw new UsageError(`--weights: expected q4 or q8, got ${weights}`);
  const [stored, quantised] = await measureVisits(numberOf("layers", layers), weights);
  if (!stored || !quantised) throw new Error("visits are missing");
  console.log(`adapter: ${stored.first.adapter}`);
  for (const line of tableLines([stored, quantised])) console.log(line);
  const { first, second } = quantised;
  console.log(`files ${megabytes(first.storedBytes)}, copy ${megabytes(second.copyBytes)}`);
  const { files, q8, q4, embedding } = await sizesOf7b();
  console.log(
    `computed from its layout, not measured: the 7B's files ${gigabytes(files)}, ` +
      `its copy in q8 ${gigabytes(q8)}, in q4 ${gigabytes(q4)}; ` +
      `in each ${gigabytes(embedding)} of embedding; a visit reads only a few rows of it`,
  );
  const failures = failuresOf(quantised);
  console.log(failures.length === 0 ? "passed" : failures.join("\n"));
  return failures.length === 0;
}

function tableLines(all: readonly TwoVisits[]): string[] {
  const rows = [
    ["weights", "visit", "from the net", "read of the store", "to the first score", "copy kept in"],
    ...all.flatMap(({ weights, first, second }) =>
      Object.entries({ first, second }).map(([visit, { netBytes, readBytes, ms, keepMs }]) => [
        weights,
        visit,
        megabytes(netBytes),
        megabytes(readBytes),
        seconds(ms),
        seconds(visit === "first" ? keepMs : undefined),
      ]),
    ),
  ];
  const widthOf = (i: number): number => Math.max(...rows.map((row) => row[i]?.length ?? 0));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widthOf(i))).join("  "));
}

function failuresOf({ first, second }: TwoVisits): string[] {
  const isSame =
    first.values.length > 0 && first.values.every((value, i) => value === second.values[i]);
  const found: [boolean, string][] = [
    [!(second.copyBytes > 0), "no copy was kept"],
    [second.readBytes > second.copyBytes, "the second visit read more than the copy has"],
    [second.netBytes > 0, "the second visit asked the server"],
    [!isSame, "the second visit gave another score"],
  ];
  return found.filter(([isWrong]) => isWrong).map(([, what]) => what);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "" : `${(ms / 1000).toFixed(1)} s`;
}
