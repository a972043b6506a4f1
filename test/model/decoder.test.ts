/** The decoder as a plan, without a GPU: what a family may put between its layers. */
import { expect, test } from "vitest";
import { gelu } from "../../src/kernels/gelu.ts";
import type { Tensor } from "../../src/kernels/kernel.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { samplePass } from "../../src/load/pass-size.ts";
import { decoder } from "../../src/model/decoder.ts";
import { forward } from "../../src/model/forward.ts";
import { noTap } from "../../src/model/tap.ts";
import { Plan } from "../../src/pass/plan.ts";
import { planParts } from "../../testing/gpu/plan-parts.ts";

test("decoder: something after each layer → called with its states, and the next layer reads the result", async () => {
  const { config, weights } = await planParts("qwen3");
  const { hiddenSize, numHiddenLayers, rope } = config.decoder;
  const plan = new Plan(PLAIN);
  const rotary = {
    angles: plan.input("angles", new Float32Array(64)),
    frequencies: 32,
    channels: plan.input("channels", new Uint32Array(64)),
    positions: plan.input("positions", new Uint32Array(2)),
    axes: rope.axes,
  };
  const tiles = { table: plan.input("tiles", new Uint32Array(8)), pairs: 3 };
  const called: [number, string][] = [];
  const afterLayer = (layer: number, x: Tensor): Tensor => {
    called.push([layer, x.label]);
    return gelu(plan, `after ${layer}`, x);
  };
  const x = plan.tensor("x", 2, hiddenSize);
  decoder(plan, weights.decoder, config.decoder, x, { rotary, tiles, afterLayer }, noTap);
  const layers = Array.from({ length: numHiddenLayers }, (_, i) => i);
  expect(called).toEqual(layers.map((i) => [i, `decoder.layer.${i}.down_proj`]));
  const readers = plan.steps.filter(({ bindings }) =>
    bindings.some((own) => own.kind === "tensor" && own.label === "after 0"),
  );
  // The kernel itself, the norm of the next layer, and the residual of its attention.
  expect(readers.map(({ label }) => label)).toEqual([
    "after 0",
    "decoder.layer.1.input_layernorm",
    "decoder.layer.1.o_proj",
  ]);
});

test("forward: rows that are not there → a defect that is named, and no plan", async () => {
  const parts = { ...(await planParts("a")), profile: PLAIN };
  const input = samplePass(parts, 4);
  const pack = { ...input.pack, imageRows: input.pack.imageRows.slice(1) };
  expect(() => forward(parts, { ...input, pack })).toThrow("expected an index below 15, got 15");
});
