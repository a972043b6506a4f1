/** Features: the state that the head reads, held to Hugging Face's own hidden states. */
import { expect, test } from "vitest";
import { at } from "../../src/base/at.ts";
import { RewardModel } from "../../src/reward-model.ts";
import {
  ACTIVATION_LIMIT,
  GOLDEN_ROOT,
  loadTraces,
  modelFolder,
  withPixels,
} from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { EMBEDDED_ROOT } from "../../testing/held-out.ts";
import { readSafetensors } from "../../testing/checkpoint/safetensors-file.ts";

const load = (folder: string, resize?: "torchvision" | "pillow"): Promise<RewardModel> =>
  RewardModel.fromPretrained(fileSystemSource(folder), {
    gpu: testGpu(),
    ...(resize === undefined ? {} : { resize }),
  });

const traces = loadTraces();

test.each([...new Set(traces.map(({ model }) => model))])(
  "features of %s, several conversations together → the last row of transformers' decoder.norm",
  async (name) => {
    const own = traces.filter(({ model }) => model === name);
    const model = await load(modelFolder(name), own[0]?.resize);
    const asked = await Promise.all(own.map((each) => withPixels(each.case.messages, GOLDEN_ROOT)));
    const features = await model.features(asked);
    await model.dispose();
    expect(features).toHaveLength(own.length);
    for (const [i, trace] of own.entries()) {
      const norm = trace.activations.get("decoder.norm");
      if (norm === undefined) throw new Error(`${trace.case.id}: no decoder.norm`);
      const [tokens = 0, hidden = 0] = norm.shape;
      const last = norm.values.slice((tokens - 1) * hidden, tokens * hidden);
      expect(features[i]).toMatchGolden(last, {
        name: trace.case.id,
        shape: [1, hidden],
        limit: ACTIVATION_LIMIT,
      });
    }
  },
  120_000,
);

test("features: asked for with scores, branches of one prompt → times the head they give each score", async () => {
  const model = await load(EMBEDDED_ROOT);
  const prompt = "Which is more, three or five?";
  const responses = ["Five is more.", "Three is more.", "Five.", "I do not know."];
  const conversations = responses.map((text) => [
    { role: "user", content: prompt },
    { role: "assistant", content: text },
  ]);
  const scores = await model.score(conversations, { features: true });
  const plain = await model.score(conversations);
  await model.dispose();
  const head = readSafetensors(`${EMBEDDED_ROOT}/value_head.safetensors`);
  const weight = at([head.get("v_head.summary.weight")], 0).values;
  const bias = at([head.get("v_head.summary.bias")], 0).values;
  for (const [i, { features, value }] of scores.entries()) {
    if (features === undefined) throw new Error("no features");
    expect(features).toHaveLength(weight.length);
    const product = features.reduce((sum, each, k) => sum + each * at(weight, k), at(bias, 0));
    expect(Math.abs(product - value)).toBeLessThan(1e-4);
    expect(plain[i]?.value).toBe(value);
    expect(plain[i]).not.toHaveProperty("features");
  }
}, 120_000);
