/**
 * `npm run test:gpus`: kernels that SwiftShader, and so `npm test`, cannot run, on software GPUs that can.
 *
 * All goldens under each profile, and for those in f16 matmuls and self-test. Takes ten minutes, and more the first time: Mesa
 * keeps what it has compiled. `npm test` holds the other profiles to short goldens (test/load/limits.gpu.test.ts).
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { repository } from "./load.mjs";
import { readOptions, refuse } from "./options.mjs";

const usage = `
npm run test:gpus -- DIR [PROFILE…]: kernels in f16, subgroup matrices and subgroups of eight on software GPUs

  DIR        where Mesa's lie: DIR/lavapipe/icd.json (lavapipe 25, f16) and DIR/node-mesa26 (a Node that runs on Mesa 26,
             which has subgroup matrices); what is not there is said and fails
  PROFILE    by default those that only they can run: half, octet, matrix
`;
const { positionals } = readOptions(usage, { allowPositionals: true });
const [folder, ...named] = positionals;
if (folder === undefined) refuse("the folder of the software GPUs is missing");
const icd = path.resolve(folder, "lavapipe/icd.json");
const mesa26 = path.resolve(folder, "node-mesa26");
const lavapipe = { needs: icd, node: process.execPath, env: { VK_ICD_FILENAMES: icd } };
const goldens = "test/golden/goldens.gpu.test.ts";
const filesInF16 = [
  "test/kernels/matmul.gpu.test.ts",
  "test/tuning/self-test.gpu.test.ts",
  goldens,
];

let failed = 0;
for (const profile of named.length > 0 ? named : ["half", "octet", "matrix"]) {
  const { needs, node, env } =
    profile === "matrix" ? { needs: mesa26, node: mesa26, env: {} } : lavapipe;
  const files = profile === "half" || profile === "matrix" ? filesInF16 : [goldens];
  const isThere = existsSync(needs);
  console.log(`\n${profile}: ${needs}`);
  for (const file of files) {
    if (isThere && passes(node, file, { ...env, KERNEL_PROFILE: profile })) continue;
    console.error(`FAILED: ${profile}, ${isThere ? file : `no ${needs}`}`);
    failed++;
  }
}
console.log(failed === 0 ? "passed" : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * In a thread, not a process: node-mesa26 is a script, by which vitest could start no process of its own.
 *
 * @param {string} node
 * @param {string} file
 * @param {Record<string, string>} env
 */
function passes(node, file, env) {
  const vitest = path.join(repository, "node_modules", "vitest", "vitest.mjs");
  // A golden test that has a limit of its own keeps it.
  const args = [vitest, "run", "--pool=threads", "--testTimeout=1200000", file];
  const options = { cwd: repository, env: { ...process.env, ...env }, stdio: "inherit" };
  return spawnSync(node, args, options).status === 0;
}
