/** Bank conflicts, from the addresses that kernels use. */
import { expect, test } from "vitest";
import { fixtureJob } from "../../../bench/isa/fixture.ts";
import type { Job } from "../../../bench/isa/jobs.ts";
import { countConflicts, instrument, traceBanks } from "../../../bench/isa/trace.ts";
import { kernel, u32, write } from "../../../src/kernels/kernel.ts";
import { testDevice } from "../../../testing/gpu/gpu.ts";

/** A kernel of 32 invocations that stores a vec4 each and reads what `index` says. */
function job(type: string, index: string): Job {
  const source = `
struct Params { turns: u32 }
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> tile: ${type};
@compute @workgroup_size(32)
fn probe(@builtin(local_invocation_index) local: u32) {
  out[local] = vec4<f32>(tile${index});
}
`;
  const probe = kernel("probe", [source], {
    bindings: [write("out")],
    constants: [],
    params: [u32("turns")],
  });
  const out = {
    kind: "tensor",
    id: 0,
    label: "out",
    rows: 32,
    columns: 4,
    stride: 4,
    byteLength: 512,
  } as const;
  const step = {
    kernel: probe,
    constants: {},
    params: { turns: 1 },
    grid: [1, 1, 1],
    bindings: [out],
  } as const;
  return { ...fixtureJob, id: "probe", step, invocations: 32 };
}

test.each([
  ["vec4s side by side", "array<vec4<f32>, 64>", "[local]", 1],
  ["one vec4 for all", "array<vec4<f32>, 64>", "[params.turns]", 1],
  ["vec4s eight apart: all in the same four banks", "array<vec4<f32>, 512>", "[local * 8u]", 8],
  ["vec4s nine apart", "array<vec4<f32>, 512>", "[local * 9u]", 1],
  ["vec4s two apart", "array<vec4<f32>, 512>", "[local * 2u]", 2],
  ["scalars 32 apart", "array<f32, 1024>", "[local * 32u]", 32],
  ["scalars 33 apart", "array<f32, 1056>", "[local * 33u]", 1],
  ["one number of each vec4", "array<vec4<f32>, 64>", "[local].y", 4],
  ["one number of each vec4, by its index", "array<vec4<f32>, 64>", "[local][params.turns]", 4],
  ["all numbers of eight vec4s", "array<vec4<f32>, 64>", "[local / 4u][local % 4u]", 1],
  ["rows of 17 vec4s, a column", "array<array<vec4<f32>, 17>, 32>", "[local][3]", 1],
  ["rows of 16 vec4s, a column", "array<array<vec4<f32>, 16>, 32>", "[local][3]", 8],
])("%s → ×%d", async (_, type, index, wanted) => {
  const { loads } = await traceBanks(await testDevice(), job(type, index));
  expect(loads.mean).toBe(wanted);
  expect(loads.worst).toBe(wanted);
});

test("used as a whole → refused, not missed", () => {
  expect(() => instrument(job("array<f32, 4>", ""))).toThrow("tile: used as a whole");
});

test("stores and loads → told apart; a lane that takes no part costs nothing", () => {
  const sites = [
    { isStore: true, words: 1 },
    { isStore: false, words: 1 },
  ];
  // Two invocations: both store to bank 0, one loads.
  const words = Uint32Array.from([1, 0, 2, 0, 1, 64, 0, 0]);
  const { loads, stores } = countConflicts(words, sites, 2, 2);
  expect(stores).toEqual({ mean: 2, worst: 2 });
  expect(loads).toEqual({ mean: 1, worst: 1 });
});
