/**
 * `npm test -- adapted-head PYTHON [--trl PYTHON]`: labels of a planted taste become a head, which
 * Hugging Face's own code loads and scores with, and pairs, which TRL's own collator reads.
 *
 * Not part of `npm test`: it needs torch and transformers, and TRL.
 */

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { plantedQuestions, type HeldOutLine } from "../../bench/taste/planted.ts";
import { readOptions, UsageError } from "../options.ts";
import { repository } from "../repository.ts";

const usage = `
npm test -- adapted-head PYTHON [OPTIONS]: an adapted head in Hugging Face's code, its pairs in TRL

  PYTHON        a Python with torch and transformers (test/golden/oracle/requirements.txt)
  --trl PYTHON  a Python with trl, datasets, torch, torchvision; without it pairs are not read
  --keep        leaves the files
`;

const options = {
  trl: { type: "string" },
  keep: { type: "boolean", default: false },
} as const;

const MODEL: string = path.join(repository, "weights/tiny-vl-reward");
/** The largest difference of a score, of the larger of 1 and its size. */
const ALLOWED = 2e-4;
const LABELS = 80;
/** One label in twelve is given the wrong way round. */
const SLIP = 12;
const CASES = 24;

export async function testAdaptedHead(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, options, true);
  if (parsed === undefined) return 0;
  const [python] = parsed.positionals;
  if (python === undefined) throw new UsageError("adapted-head: expected a Python, got none");
  const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-adapted-"));
  // npm runs scripts in the package's folder, but paths are relative to the user's folder.
  const program = (name: string): string => path.resolve(process.env["INIT_CWD"] ?? ".", name);
  try {
    const headDifference = scoreByBoth(folder, program(python));
    const { trl } = parsed.values;
    const isRead = trl === undefined || readByTrl(folder, program(trl));
    return headDifference <= ALLOWED && isRead ? 0 : 1;
  } finally {
    if (parsed.values.keep) console.log(folder);
    else rmSync(folder, { recursive: true });
  }
}

/** Returns the largest difference of a score under the adapted head. */
function scoreByBoth(folder: string, python: string): number {
  const lines = readFileSync(path.join(MODEL, "heldout/pairs.jsonl"), "utf8").trim().split("\n");
  const held = lines.map((line) => JSON.parse(line) as HeldOutLine);
  const labels = plantedQuestions(held).flatMap(({ line, pairs }) =>
    pairs
      .filter(({ kind }) => kind === "taste")
      .map(({ better, worse }, i) => ({
        id: `${line.id}-${i}`,
        messages: [asked(line)],
        responses: [better, worse],
        label: "a",
        rater: "eva",
        seed: 7,
        seconds: 3,
        model: "tiny-vl-reward",
        scores: [0, 0],
      })),
  );
  // People slip: labels without an error would make weights that no taste has.
  const given = labels
    .slice(0, LABELS)
    .map((label, i) => (i % SLIP === 5 ? { ...label, label: "b" } : label));
  write(folder, "labels.jsonl", given);
  callCli(folder, ["adapt", "--labels", "labels.jsonl", "--output", "mine"]);
  const report = JSON.parse(readFileSync(path.join(folder, "mine/adapt.json"), "utf8")) as {
    readonly accepted: boolean;
  };
  if (!report.accepted) throw new Error("adapted-head: the planted taste was not learned");
  const step = Math.floor(held.length / CASES);
  const cases = held
    .filter((_, i) => i % step === 0)
    .map((line) => ({
      id: line.id,
      messages: [asked(line), { role: "assistant", content: line.chosen }],
    }));
  write(folder, "cases.jsonl", cases);
  const head = "mine/value_head.safetensors";
  const ours = ["--input", "cases.jsonl", "--output"];
  callCli(folder, ["score", ...ours, "ours.jsonl", "--head", head]);
  callCli(folder, ["score", ...ours, "published.jsonl"]);
  cpSync(MODEL, path.join(folder, "model"), { recursive: true });
  cpSync(path.join(folder, head), path.join(folder, "model/value_head.safetensors"));
  const oracle = path.join(repository, "test/golden/oracle/oracle.py");
  call(python, [oracle, "score", "model", "cases.jsonl", "theirs.jsonl"], folder);
  const scoresOf = (name: string): number[] =>
    readFileSync(path.join(folder, name), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly score: number }).score);
  const [own, other, before] = ["ours.jsonl", "theirs.jsonl", "published.jsonl"].map(scoresOf);
  const worst = largestDifference(own ?? [], other ?? []);
  const moved = largestDifference(own ?? [], before ?? []);
  console.log(
    `adapted head: ${own?.length} scores to ${Math.max(...(own ?? []).map(Math.abs)).toFixed(1)}, at most ${worst.toExponential(1)} off transformers ` +
      `(allowed ${ALLOWED}); at most ${moved.toFixed(2)} from the published head's`,
  );
  if (moved < 0.01) throw new Error("adapted-head: the head judges as the published one");
  return worst;
}

function asked({ prompt, image }: HeldOutLine): object {
  const text = { type: "text", text: prompt };
  const picture = image === null ? [] : [{ type: "image", image: path.join(MODEL, image) }];
  return { role: "user", content: [...picture, text] };
}

/** Returns whether TRL's collator makes batches of the pairs of the labels. */
function readByTrl(folder: string, python: string): boolean {
  callCli(folder, ["pairs", "--labels", "labels.jsonl", "--format", "trl", "--output", "pairs"]);
  const script = path.join(repository, "test/adapt/oracle_pairs.py");
  const out = call(python, [script, path.join(folder, "pairs/pairs.jsonl"), MODEL], folder);
  const read = JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as Record<string, unknown>;
  console.log(
    `pairs: TRL ${String(read["trl"])} reads ${String(read["rows"])} rows, ` +
      `${String(read["pictures"])} with a picture, and makes a batch of four`,
  );
  return read["rows"] === LABELS;
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) throw new Error("adapted-head: scores are missing");
  return Math.max(
    ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) / Math.max(1, Math.abs(value))),
  );
}

function write(folder: string, name: string, rows: readonly object[]): void {
  writeFileSync(path.join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

function callCli(folder: string, args: readonly string[]): void {
  const run = path.join(repository, "tools/run.mjs");
  call(process.execPath, [run, "cli", ...args], folder);
}

/** Runs a program and returns what it prints. @throws Error with its messages if it fails */
function call(program: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, INIT_CWD: cwd };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${path.basename(program)} ${args.join(" ")}: ended with ${status}\n${stderr}`);
}
