/**
 * What is easily taken for another thing in the towers with layer norms, read from their plans:
 * each
 * of these gives a plausible score if it is wrong. No GPU is needed.
 */
import { describe, expect, test } from "vitest";
import { at } from "../../../src/base/at.ts";
import type { Step } from "../../../src/kernels/kernel.ts";
import { PLAIN } from "../../../src/kernels/profile.ts";
import { samplePass } from "../../../src/load/pass-size.ts";
import { parseConfig } from "../../../src/model/config.ts";
import { forward } from "../../../src/model/forward.ts";
import { planParts } from "../../../testing/gpu/plan-parts.ts";

async function stepsOf(model: string): Promise<readonly Step[]> {
  const parts = { ...(await planParts(model)), profile: PLAIN };
  // Of 12 × 12 patches or more, whole tokens of any golden model.
  return forward(parts, samplePass(parts, 6)).steps;
}

/** The steps whose labels match, as `label kernel`. */
function kernelsOf(steps: readonly Step[], label: RegExp): string[] {
  const found = steps.filter((step) => label.test(step.label));
  return found.map((step) => `${step.label} ${step.kernel.name}`);
}

const find = (steps: readonly Step[], label: string): Step =>
  at(
    steps.filter((step) => step.label === label),
    0,
  );

describe("gelu", () => {
  test("gelu: blocks of Qwen2-VL → QuickGELU; its merger → the exact one", async () => {
    const steps = await stepsOf("q2vl");
    const blocks = steps.filter(({ label }) => label.endsWith(".mlp.act"));
    expect(blocks).toHaveLength(4);
    for (const { kernel, params } of blocks) {
      expect([kernel.name, params["linear"], params["cubic"]]).toEqual(["gelu-sigmoid", 1.702, 0]);
    }
    expect(kernelsOf(steps, /merger\.act/)).toEqual(["vision.merger.act gelu"]);
  });

  test("gelu: blocks of Qwen3-VL → by tanh; all its mergers → the exact one", async () => {
    const steps = await stepsOf("q3vl");
    const blocks = steps.filter(({ label }) => label.endsWith(".mlp.act"));
    expect(blocks).toHaveLength(4);
    for (const { kernel, params } of blocks) {
      expect(kernel.name).toBe("gelu-sigmoid");
      expect(params["linear"]).toBeCloseTo(2 * Math.sqrt(2 / Math.PI), 12);
      expect(params["cubic"]).toBeCloseTo(2 * Math.sqrt(2 / Math.PI) * 0.044715, 12);
    }
    expect(kernelsOf(steps, /^vision\.(merger|deepstack\.\d)\.act/)).toEqual([
      "vision.deepstack.0.act gelu",
      "vision.deepstack.1.act gelu",
      "vision.merger.act gelu",
    ]);
  });
});

describe("deepstack", () => {
  test("deepstack: its norm → over the patches of a token side by side; the merger's → over one", async () => {
    const steps = await stepsOf("q3vl");
    const { hiddenSize } = (await planParts("q3vl")).config.vision!;
    expect(find(steps, "vision.deepstack.0.norm").params["columns"]).toBe(4 * hiddenSize);
    expect(find(steps, "vision.merger.norm").params["columns"]).toBe(hiddenSize);
  });

  test("deepstack: indexes out of order → mergers by the list, sums by the blocks", async () => {
    // deepstack_visual_indexes is [3, 0, 2], and the decoder has two layers.
    const steps = await stepsOf("q3vl-odd");
    expect(kernelsOf(steps, /^vision\.(block\.\d\.mlp\.down|deepstack\.\d\.down)$/)).toEqual([
      "vision.block.0.mlp.down matmul",
      "vision.deepstack.1.down matmul",
      "vision.block.1.mlp.down matmul",
      "vision.block.2.mlp.down matmul",
      "vision.deepstack.2.down matmul",
      "vision.block.3.mlp.down matmul",
      "vision.deepstack.0.down matmul",
    ]);
    const added = steps.filter(({ label }) => label.startsWith("decoder.deepstack."));
    const tables = added.map(({ bindings }) => {
      const table = at(bindings, 1);
      return table.kind === "tensor" ? table.label : "";
    });
    expect(tables).toEqual(["vision.deepstack.1.down", "vision.deepstack.2.down"]);
  });
});

type Json = Record<string, unknown>;

function qwen3Vl(text: Json): Json {
  return {
    model_type: "qwen3_vl",
    architectures: ["Qwen3VLForConditionalGeneration"],
    text_config: { hidden_size: 2048, rms_norm_eps: 1e-6, ...text },
    vision_config: { out_hidden_size: 2048 },
  };
}

const published = {
  rope_theta: 5_000_000,
  rope_scaling: { mrope_interleaved: true, mrope_section: [24, 20, 20], rope_type: "default" },
};

describe("rope", () => {
  test("rope: Qwen3-VL as published → pairs turn by time, row, column in turns, the last four by time", async () => {
    const { rope } = (await parseConfig(qwen3Vl(published))).decoder;
    const turns = Array.from({ length: 20 }, () => [0, 1, 2]).flat();
    expect(rope.pairAxes).toEqual([...turns, 0, 0, 0, 0]);
  });

  test("rope: a section that ends early → its pairs turn by time from there", async () => {
    // recomposition_frequencies with mrope_section [3, 2, 4] and 12 pairs.
    const { rope } = (await planParts("q3vl-odd")).config.decoder;
    expect(rope.pairAxes).toEqual([0, 1, 2, 0, 1, 2, 0, 0, 2, 0, 0, 2]);
  });

  test.each([
    ["in text_config", published, 5_000_000],
    ["in rope_parameters", { rope_parameters: { rope_type: "default", rope_theta: 1e6 } }, 1e6],
    ["nowhere: the class's own", {}, 500_000],
  ] as const)("rope: theta %s → that", async (_, text, theta) => {
    expect((await parseConfig(qwen3Vl(text))).decoder.rope.theta).toBe(theta);
  });

  test("rope: frequencies that are not interleaved → refused: no class of transformers has them", async () => {
    const rope_scaling = { ...published.rope_scaling, mrope_interleaved: false };
    await expect(parseConfig(qwen3Vl({ ...published, rope_scaling }))).rejects.toThrow(
      "mrope_interleaved is wrong: expected true",
    );
  });
});

test.each([
  ["a block that is not there", { deepstack_visual_indexes: [1, 27] }, "deepstack_visual_indexes"],
  ["a block twice", { deepstack_visual_indexes: [1, 1] }, "deepstack_visual_indexes"],
  ["another activation", { hidden_act: "relu" }, "hidden_act is not supported: expected gelu or"],
  ["heads that do not divide", { num_heads: 7 }, "num_heads"],
  ["another width for the decoder", { out_hidden_size: 99 }, "out_hidden_size"],
  ["another theta", { rope_parameters: { rope_theta: 500 } }, "rope_parameters"],
])("config, vision: %s → an error that names the field", async (_, change, message) => {
  const json = qwen3Vl(published);
  const vision_config = { ...(json["vision_config"] as Json), ...change };
  await expect(parseConfig({ ...json, vision_config })).rejects.toThrow(message);
});
