/**
 * The main job of .ci/run: all candidates of the embedded model's samples through the command line,
 * from a file to a file, each score within 2e-3 of the reference.
 *
 *   node tools/run.mjs samples FOLDER      (a folder for the two files)
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { UsageError } from "./options.ts";
import { repository } from "./repository.ts";

/** Of scores of conversations with pictures, as the goldens have it. */
const TOLERANCE = 2e-3;

interface Sample {
  readonly id: string;
  readonly image: string;
  readonly prompt: string;
  readonly candidates: readonly string[];
}

interface Reference {
  readonly samples: Readonly<Record<string, { readonly bf16: readonly number[] }>>;
}

export async function main([folder]: readonly string[]): Promise<number> {
  if (folder === undefined) throw new UsageError("samples: expected a folder, got none");
  const model = path.join(repository, "weights/tiny-vl-reward");
  const samples = readJson(path.join(model, "samples/samples.json")) as Sample[];
  const reference = readJson(path.join(model, "reference_scores.json")) as Reference;
  const cases = samples.flatMap(({ id, image, prompt, candidates }) =>
    candidates.map((content, i) => {
      const picture = { type: "image", image: path.join(model, image) };
      const user = { role: "user", content: [picture, { type: "text", text: prompt }] };
      const expected = reference.samples[id]?.bf16[i];
      return { id: `${id}/${i}`, expected, messages: [user, { role: "assistant", content }] };
    }),
  );
  const input = path.join(folder, "cases.jsonl");
  const output = path.join(folder, "scores.jsonl");
  const rows = cases.map(({ id, messages }) => `${JSON.stringify({ id, messages })}\n`);
  writeFileSync(input, rows.join(""));
  const args = ["cli", "score", "--input", input, "--output", output];
  const script = path.join(repository, "tools/run.mjs");
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
  if (status !== 0) throw new Error(`vl-reward score: exit code ${status}`);
  const lines = readFileSync(output, "utf8").trimEnd().split("\n");
  if (lines.length !== cases.length)
    throw new Error(`expected ${cases.length} lines, got ${lines.length}`);
  let worst = 0;
  for (const [i, { id, expected = Number.NaN }] of cases.entries()) {
    const got = JSON.parse(lines[i] ?? "{}") as { id?: string; score?: number };
    if (got.id !== id) throw new Error(`line ${i + 1}: expected id ${id}, got ${got.id}`);
    const difference = Math.abs((got.score ?? Number.NaN) - expected);
    if (!(difference <= TOLERANCE))
      throw new Error(`${id}: expected ${expected} within ${TOLERANCE}, got ${got.score}`);
    worst = Math.max(worst, difference);
  }
  console.log(`${cases.length} scores, the worst ${worst.toExponential(1)} from the reference`);
  return 0;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
