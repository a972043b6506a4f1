/**
 * `vl-reward eval` from a published file with pictures inside, through the engine in Chrome, to the
 * report.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callCli } from "../shell.ts";

const weights = path.resolve("weights/tiny-vl-reward");
/** Pairs of the embedded model in VL-RewardBench's schema: evaluate/golden/make_heldout.py. */
const file = path.join(import.meta.dirname, "../../evaluate/golden/heldout.parquet");
/** Of the engine from the reference, as test/load/held-out.gpu.test.ts has it. */
const LIMIT = 1e-4;
/** The prefix of the ids in each of the benchmark's groups, as make_heldout.py writes them. */
const groups = {
  general: "wildvision-battle-",
  hallucination: "RLAIF-V-",
  reasoning: "mathverse_",
};

interface ScoreLine {
  readonly id: string;
  /** In the order of the file. */
  readonly scores: readonly [number, number];
  readonly pixels: readonly { readonly tokens: number }[];
}

/** The reference's scores by the pair's own id: of the chosen and the rejected response. */
type Reference = Readonly<Record<string, { readonly bf16: readonly [number, number] }>>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-eval-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("eval: VL-RewardBench's parquet with pictures inside → the reference's scores and accuracies", async () => {
  const how = ["--benchmark", "vl-rewardbench", "--resamples", "200", "--output", "report"];
  const { code, err } = await callCli(folder, ["eval", ...how, "--quiet", file]);
  expect([code, err]).toEqual([0, ""]);

  const text = await readFile(path.join(weights, "reference_scores.json"), "utf8");
  const reference = (JSON.parse(text) as { pairs: Reference }).pairs;
  const kept = await readFile(path.join(folder, "report/scores.jsonl"), "utf8");
  const [, ...lines] = kept.trimEnd().split("\n");
  const rows = lines.map((line, i) => {
    const { id, scores, pixels } = JSON.parse(line) as ScoreLine;
    const own = id.slice(Object.values(groups).find((start) => id.startsWith(start))?.length);
    const [chosen, rejected] = reference[own]?.bf16 ?? [Number.NaN, Number.NaN];
    // Every other row of the file prefers the second response.
    const wanted = i % 2 === 0 ? [chosen, rejected] : [rejected, chosen];
    for (const [k, value] of wanted.entries()) {
      expect(Math.abs((scores[k] ?? Number.NaN) - value), id).toBeLessThanOrEqual(LIMIT);
    }
    expect(pixels, id).toHaveLength(1);
    expect(pixels[0]?.tokens, id).toBeGreaterThan(0);
    return { id, isRight: chosen > rejected };
  });

  const accuracy = (start: string): number => {
    const own = rows.filter(({ id }) => id.startsWith(start));
    return own.filter(({ isRight }) => isRight).length / own.length;
  };
  // The file has the pairs that the reference gets wrong, so that this is no 100 %.
  expect([rows.length, accuracy("")]).toEqual([15, 12 / 15]);
  const report = JSON.parse(await readFile(path.join(folder, "report/report.json"), "utf8")) as {
    metrics: { name: string; value: number }[];
  };
  const values = new Map(report.metrics.map(({ name, value }) => [name, value]));
  expect(values.get("Overall")).toBeCloseTo(accuracy(""), 12);
  for (const [name, start] of Object.entries(groups)) {
    expect(values.get(name), name).toBeCloseTo(accuracy(start), 12);
  }
}, 120_000);

test("eval: a picture that is not there, in the only row → the row and why, and no report", async () => {
  const row = { id: "1", prompt: "p", image: "gone.png", chosen: "a", rejected: "b" };
  await writeFile(path.join(folder, "pairs.jsonl"), `${JSON.stringify(row)}\n`);
  const how = ["--benchmark", "pairs", "--quiet", "--output", "none", "pairs.jsonl"];
  const { code, err } = await callCli(folder, ["eval", ...how]);
  expect(code).toBe(1);
  expect(err).toMatch(
    /^InputError: pairs\.jsonl, row 1: could not be scored.*image gone\.png: there is no such file/,
  );
  expect(await readFile(path.join(folder, "none/errors.jsonl"), "utf8")).toContain("gone.png");
}, 120_000);
