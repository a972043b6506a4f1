/**
 * Whole models against Hugging Face's own implementation: ids, positions by way of scores, values
 * of tokens, activations.
 */
import { afterEach, expect, test } from "vitest";
import { profiles } from "../../src/kernels/profile.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Kernels } from "../../src/types.ts";
import {
  ACTIVATION_LIMIT,
  goldenCases,
  goldenSets,
  loadTraces,
  modelFolder,
  scoreLimit,
  tokenValueLimit,
  withPixels,
  GOLDEN_ROOT,
} from "../../testing/golden.ts";
import type { GoldenSet } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

/**
 * The longest case takes minutes on a software adapter: it has a test of its own, outside the
 * suite.
 */
const TOO_LONG = 2000;

/** Other kernels than the adapter's own, where they are asked for: see tools/test/gpus.ts. */
const PROFILE = process.env["KERNEL_PROFILE"];

let model: RewardModel | undefined;

async function load(name: string, resize: GoldenSet["resize"]): Promise<RewardModel> {
  const source = fileSystemSource(modelFolder(name));
  model = await RewardModel.fromPretrained(source, {
    gpu: testGpu(),
    // Software adapters leave it to the CPU; test/load/resize.gpu.test.ts holds the two to the same
    // bits.
    resizeOn: "gpu",
    ...(resize === undefined ? {} : { resize }),
    ...(PROFILE === undefined ? {} : { kernelProfile: PROFILE }),
  });
  // What fails its self-test is replaced by other kernels, which would pass here.
  if (PROFILE !== undefined) expect(model.kernels).toMatchObject(kernelsOf(PROFILE));
  return model;
}

function kernelsOf(name: string): Partial<Kernels> {
  const { matmul, attention } = profiles.get(name)!;
  return { profile: name, matmul, attention };
}

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

for (const set of goldenSets()) {
  const name = `${set.name}${set.resize ? `, resized as ${set.resize}` : ""}`;
  test(`golden ${name}: every case → ids equal, score and token values within the limit`, async () => {
    const cases = (await goldenCases(set)).filter(({ golden }) => golden.tokens < TOO_LONG);
    const loaded = await load(set.name, set.resize);
    const scores = await loaded.score(cases.map(({ conversation }) => conversation));
    for (const [i, { golden, id }] of cases.entries()) {
      const score = scores[i];
      expect(score?.tokenIds.length, id).toBe(golden.tokens);
      if (golden.inputIds) {
        expect([...(score?.tokenIds ?? [])], id).toEqual(golden.inputIds);
      }
      const off = Math.abs((score?.value ?? Number.NaN) - golden.score);
      expect(off, `${id}: score`).toBeLessThanOrEqual(scoreLimit(golden));
      for (const [token, value] of golden.tokenValues) {
        const limit = tokenValueLimit(value);
        const error = Math.abs((score?.tokenValues[token] ?? Number.NaN) - value);
        expect(error, `${id}: value of token ${token}`).toBeLessThanOrEqual(limit);
      }
    }
  }, 300_000);
}

for (const trace of loadTraces()) {
  test(`trace ${trace.model}, ${trace.case.id}: every activation → within ${ACTIVATION_LIMIT}`, async () => {
    const loaded = await load(trace.model, trace.resize);
    const traced = await loaded.trace(await withPixels(trace.case.messages, GOLDEN_ROOT));
    for (const [name, { shape, values }] of trace.activations) {
      const got = traced.get(name);
      expect(got?.shape, name).toEqual(shape);
      expect(got?.data).toMatchGolden(values, { name, shape, limit: ACTIVATION_LIMIT });
    }
  }, 120_000);
}
