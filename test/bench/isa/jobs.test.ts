/** What is compiled for each GPU, and the constants that are read out of WGSL. */
import { expect, test } from "vitest";
import { gpus } from "../../../bench/isa/gpus.ts";
import { FORMS, HEAD_DIMS, jobsOf, matmulJob, namedJob } from "../../../bench/isa/jobs.ts";
import { sourceHash } from "../../../bench/isa/rows.ts";
import { constantOf, workgroupSize } from "../../../bench/isa/wgsl.ts";
import type { ProfileDevice } from "../../../src/kernels/profile.ts";
import { allKernels } from "../../../src/kernels/all.ts";

function device(name: string, features: readonly string[], subgroups = 32): ProfileDevice {
  const widths = { subgroupMinSize: subgroups, subgroupMaxSize: subgroups };
  return {
    adapter: { name, software: false, ...widths, matrices: [[16, 16, 16]] },
    has: (feature) => features.includes(feature),
  };
}

test.each(gpus)("$name: → its own profile, in every form and size", ({ seen }) => {
  const { profile, jobs } = jobsOf(device(seen, ["subgroups"]), false);
  expect(
    ["amd", "nvidia", "intel", "apple", "adreno"].some((name) => profile.name.startsWith(name)),
  ).toBe(true);
  const chosen = jobs.filter(({ role }) => role === "chosen").map(({ job }) => job);
  const forms = chosen.filter(({ kind }) => kind === "matmul").map(({ form }) => form);
  const dims = chosen.filter(({ kind }) => kind === "attention").map(({ dim }) => dim);
  expect(new Set(forms)).toEqual(new Set(FORMS));
  expect(new Set(dims)).toEqual(new Set(HEAD_DIMS));
  expect(chosen).toHaveLength(new Set(chosen.map(({ id }) => id)).size);
  expect(jobs.some(({ role }) => role === "rival")).toBe(true);
});

test("all jobs → every kernel of the project but resize, each once, found again by its name", () => {
  const everything = ["subgroups", "shader-f16", "chromium-experimental-subgroup-matrix"];
  const names = ["amd rdna-3", "nvidia ampere", "apple metal-3", "qualcomm adreno-7xx"];
  const jobs = names.flatMap((name) =>
    jobsOf(device(name, everything), true).jobs.map(({ job }) => job),
  );
  const covered = new Set(jobs.map(({ step }) => step.kernel.name));
  const missed = new Set(allKernels.map(({ name }) => name).filter((name) => !covered.has(name)));
  // Small heads, one axis of a picture in whole numbers; octets and plain norms are for software.
  expect([...missed].toSorted()).toEqual([
    "activation",
    "attention-octet",
    "layer-norm-plain",
    "resize",
    "rms-norm-plain",
  ]);
  for (const { id } of jobs) expect(namedJob(id)?.id).toBe(id);
  expect(namedJob("matmul-shared-none")).toBeUndefined();
  expect(namedJob("nothing")).toBeUndefined();
});

test("source hash: a comment → the same; code → another", () => {
  const { step } = matmulJob("shared", "bf16");
  const changed = (source: string): string =>
    sourceHash({ step: { ...step, kernel: { ...step.kernel, source } } });
  const { source } = step.kernel;
  expect(changed(`// More.\n${source}`.replace(" {\n", " { // why\n"))).toBe(sourceHash({ step }));
  expect(changed(source.replace("a0 += ", "a0 -= "))).not.toBe(sourceHash({ step }));
});

test("a matmul's turn → the products of a tile, from its own grid", () => {
  const { invocations, turn } = matmulJob("shared", "bf16");
  expect(invocations).toBe(64);
  expect(turn?.useful).toBe(8 * 8 * 16);
});

test.each([
  ["2u * (A + 1u) / 3", 4],
  ["max(A, B) + min(1, 2u)", 13],
  ["A % 4u - 1", 0],
  ["select(A, B, true)", undefined],
  ["C", undefined],
])("constants: %s → %s", (expression, wanted) => {
  const source = "override A: u32;\nconst B: u32 = 2u * (A + 1u);\n";
  expect(constantOf(source, { A: 5 }, expression)).toBe(wanted);
});

test("workgroup size: nested brackets and sides → their product", () => {
  expect(workgroupSize("@workgroup_size((A + 1u) * 2u, A)\nfn f() {}", { A: 3 })).toBe(24);
});
