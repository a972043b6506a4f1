/**
 * A long batch through `vl-reward score`, killed with SIGKILL repeatedly and continued by the
 * same call. Not part of `npm test`: 100,000 rows take a while.
 *
 * Passes if every id is in the output once and in order, rows made bad on purpose are in the file
 * of errors, and the memory of the process and of Chrome does not grow with the rows. The kills are
 * in the first half, so that the last run is long enough to measure.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { numberOf, type Values } from "../tools/options.ts";
import { repository } from "../tools/repository.ts";
import { type BatchFiles, checkOutput, runUntil, writeInput } from "./parts/batch.ts";

export const usage = `
npm run soak -- batch [OPTIONS]: a long batch through vl-reward score, killed and continued

  --rows N         100000 by default
  --kills N        5 by default
  --model DIR      a small golden model by default
  --backend URL    scores on a server instead
  --keep           leaves the files
`;

export const options = {
  rows: { type: "string", default: "100000" },
  kills: { type: "string", default: "5" },
  model: { type: "string" },
  backend: { type: "string" },
  keep: { type: "boolean", default: false },
} as const;

/**
 * The accepted ratio of memory in the last third of a run to the second third; garbage varies.
 */
const ALLOWED_GROWTH = 1.1;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const rows = numberOf("rows", values.rows);
  const kills = numberOf("kills", values.kills, 0);
  const model = values.model ?? path.join(repository, "test/golden/models/bare");
  const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-soak-"));
  const [input, output, errors] = ["in", "out", "errors"].map((name) =>
    path.join(folder, `${name}.jsonl`),
  ) as [string, string, string];
  const files: BatchFiles = { folder, input, output, errors };
  writeInput(input, rows);
  const args = ["score", "--input", input, "--output", output, "--errors", errors];
  args.push("--model", model);
  if (values.backend !== undefined) args.push("--backend", values.backend);
  const begin = Date.now();
  for (let kill = 0; kill < kills; kill++) {
    // Somewhere in the next part of the first half, so that all of them happen.
    await runUntil(args, output, ((kill + 0.3 + 0.6 * Math.random()) / kills) * (rows / 2));
  }
  const lastRun = await runUntil(args, output, Infinity);
  const count = await checkOutput(files, rows);
  const seconds = (Date.now() - begin) / 1000;
  console.log(
    `${count.scored} scored, ${count.bad} bad, ${kills} kills, exit code ${lastRun.status}, ` +
      `${(seconds / 60).toFixed(1)} min, ${Math.round(rows / seconds)} rows/s, starts included`,
  );
  const { growth } = lastRun;
  const isConstant = growth === undefined || growth <= ALLOWED_GROWTH;
  if (growth === undefined)
    console.log("memory: not judged, the last run was shorter than a minute");
  else if (!isConstant)
    console.log(`memory grew ${growth.toFixed(2)} times, wanted ${ALLOWED_GROWTH} at most`);
  if (!values.keep) rmSync(folder, { recursive: true });
  return lastRun.status === 0 && isConstant;
}
