/**
 * How many dispatches the passes of each family take, by their plans alone: no GPU is needed to
 * count.
 */
import { expect, test } from "vitest";
import { profiles } from "../../src/kernels/profile.ts";
import { forward } from "../../src/model/forward.ts";
import { samplePass } from "../../src/load/pass-size.ts";
import type { WeightForm } from "../../src/types.ts";
import { goldenSets } from "../../testing/golden.ts";
import { planParts } from "../../testing/gpu/plan-parts.ts";

/** Norm, q k v, rope, attention, output, norm, gate and up, down. */
const LAYER_STEPS = 8;
/** The activation of an MLP that is not gated is a step of its own. */
const PLAIN_MLP_STEPS = 9;
/** Cells along a side of the picture: more than one window. */
const SIDE = 16;

const models = [...new Set(goldenSets().map(({ name }) => name))];

test.each(models)("dispatches: %s, each profile and form → at most 8 a layer", async (model) => {
  for (const form of ["stored", "q4"] as const satisfies readonly WeightForm[]) {
    const parts = await planParts(model, form);
    for (const profile of profiles.values()) {
      const own = { ...parts, profile };
      const plan = forward(own, samplePass(own, SIDE));
      const steps = new Map<string, number>();
      for (const { label } of plan.steps) {
        const layer = /^(decoder\.layer|vision\.block)\.\d+/.exec(label)?.[0];
        if (layer !== undefined) steps.set(layer, (steps.get(layer) ?? 0) + 1);
      }
      expect(steps.size).toBe(
        parts.config.decoder.numHiddenLayers + (parts.config.vision?.depth ?? 0),
      );
      for (const [layer, count] of steps) {
        const isPlain = layer.startsWith("vision") && parts.config.modelType !== "qwen2_5_vl";
        const most = isPlain ? PLAIN_MLP_STEPS : LAYER_STEPS;
        expect(count, `${layer}, ${profile.name}`).toBeLessThanOrEqual(most);
      }
    }
  }
});
