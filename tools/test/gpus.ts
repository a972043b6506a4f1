/**
 * `npm test -- gpus DIR`: kernels that SwiftShader, and so `npm test`, cannot run, on software GPUs
 * that can.
 *
 * All goldens under each profile, and for those in f16 matmuls and self-test. Takes ten minutes,
 * and more the first time: Mesa keeps what it has compiled. `npm test` holds the other profiles to
 * short goldens (test/load/limits.gpu.test.ts).
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { readOptions, UsageError } from "../options.ts";
import { repository } from "../repository.ts";
import { vitest } from "./vitest.ts";

const usage = `
npm test -- gpus DIR [PROFILE…]: kernels in f16, subgroup matrices and subgroups of eight on software GPUs

  DIR        where Mesa's are: DIR/lavapipe/icd.json (lavapipe 25, f16) and DIR/node-mesa26 (a Node that runs on
             Mesa 26, which has subgroup matrices); what is missing fails by name
  PROFILE    by default those that only they can run: half, octet, matrix
`;

const GOLDENS = "test/golden/goldens.gpu.test.ts";
const FILES_IN_F16: readonly string[] = [
  "test/kernels/matmul.gpu.test.ts",
  "test/tuning/self-test.gpu.test.ts",
  GOLDENS,
];

export async function testOnGpus(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, {}, true);
  if (parsed === undefined) return 0;
  const [folder, ...named] = parsed.positionals;
  if (folder === undefined)
    throw new UsageError("gpus: expected the folder of the software GPUs, got none");
  // npm runs scripts in the package's folder, but paths are relative to the user's folder.
  const root = path.resolve(process.env["INIT_CWD"] ?? ".", folder);
  const icd = path.join(root, "lavapipe/icd.json");
  const mesa26 = path.join(root, "node-mesa26");
  const lavapipe = { needs: icd, node: process.execPath, env: { VK_ICD_FILENAMES: icd } };
  let failed = 0;
  for (const profile of named.length > 0 ? named : ["half", "octet", "matrix"]) {
    const { needs, node, env } =
      profile === "matrix" ? { needs: mesa26, node: mesa26, env: {} } : lavapipe;
    const files = profile === "half" || profile === "matrix" ? FILES_IN_F16 : [GOLDENS];
    const isThere = existsSync(needs);
    console.log(`\n${profile}: ${needs}`);
    for (const file of files) {
      if (isThere && passes(node, file, { ...env, KERNEL_PROFILE: profile })) continue;
      console.error(`FAILED: ${profile}, ${isThere ? file : `no ${needs}`}`);
      failed += 1;
    }
  }
  console.log(failed === 0 ? "passed" : `${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs a file in a thread, not a process: node-mesa26 is a script, and vitest cannot fork it. */
function passes(node: string, file: string, env: Readonly<Record<string, string>>): boolean {
  // A golden test that has a limit of its own keeps it.
  const args = [vitest, "run", "--pool=threads", "--testTimeout=1200000", file];
  const { status } = spawnSync(node, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  return status === 0;
}
