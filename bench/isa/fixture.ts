/** Records what every compiler prints of `fixture.wgsl`: what the parsers' tests read. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { kernel, read, u32, write } from "../../src/kernels/kernel.ts";
import { Compiler } from "./compile.ts";
import source from "./fixture.wgsl?raw";
import { gpus } from "./gpus.ts";
import type { Job } from "./jobs.ts";

const fixtureKernel = kernel("fixture", [source], {
  bindings: [read("x"), write("out")],
  constants: [],
  params: [u32("turns")],
});

/** The kernel as a job: 16 products in a turn. */
export const fixtureJob: Job = {
  id: "fixture",
  kind: "matmul",
  tuning: undefined,
  form: undefined,
  dim: undefined,
  step: { kernel: fixtureKernel, constants: {}, params: { turns: 4 }, grid: [1, 1, 1] },
  invocations: 64,
  turn: { useful: 16, phases: [{ total: 16, parts: 1, within: 1 }], stage: 0, keys: 0 },
  values: [],
};

/** Where what a parser reads begins; the rest, megabytes of passes, is cut off. */
const BEGINNINGS: readonly string[] = [
  "disasm:",
  "NAK IR after calc_instr_deps:",
  "Native code for",
];

/** One GPU of each compiler, and both of Intel's ways to describe a message. */
const RECORDED = ["rdna3", "ampere", "arc", "tigerlake", "apple-m1", "adreno7"];

/** Writes FOLDER/GPU.txt for each compiler. */
export async function recordFixtures(folder: string, target: string): Promise<string[]> {
  const compiler = await Compiler.open(folder);
  mkdirSync(target, { recursive: true });
  const files: string[] = [];
  for (const gpu of gpus.filter(({ name }) => RECORDED.includes(name))) {
    const { text } = await compiler.compile(gpu, fixtureJob);
    const file = path.join(target, `${gpu.name}.txt`);
    writeFileSync(file, trimmed(text), "latin1");
    files.push(file);
  }
  return files;
}

function trimmed(text: string): string {
  const begin = Math.max(...BEGINNINGS.map((mark) => text.lastIndexOf(mark)));
  const kept = text.slice(Math.max(0, begin)).split("Encoded shader:")[0] ?? "";
  // Apple's statistics come first.
  const stats = /^CS shader: .*$/m.exec(text)?.[0];
  const listing = kept.split("\n").filter((line) => /^ *[0-9a-f]+: [0-9a-f]{4,}\s/.test(line));
  return begin < 0 && stats !== undefined ? `${stats}\n${listing.join("\n")}\n` : kept;
}
