/**
 * `npm test -- gpus DIR`: every kernel, and all goldens under some profiles, on software GPUs that
 * can do more than SwiftShader, on which `npm test` runs.
 *
 * Takes half an hour, and more the first time: Mesa keeps what it has compiled. `npm test` holds
 * other profiles to short goldens (test/load/limits.gpu.test.ts).
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { readOptions, UsageError } from "../options.ts";
import { repository } from "../repository.ts";
import { vitest } from "./vitest.ts";

const usage = `
npm test -- gpus DIR [PROFILE…]: kernels, self-test and goldens on software GPUs that have f16 and subgroup matrices

  DIR        where Mesa's are: DIR/lavapipe/icd.json (lavapipe 25, f16) and DIR/node-mesa26 (a Node that runs on
             Mesa 26, which has subgroup matrices); what is missing fails by name
  PROFILE    goldens run under these on both; by default under those that only they can run: octet on
             lavapipe 25, matrix-8x8x8-8 on Mesa 26
`;

const KERNELS: readonly string[] = ["test/kernels", "test/tuning/self-test.gpu.test.ts"];
const GOLDENS = "test/golden/goldens.gpu.test.ts";

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
  const machines = [
    { needs: icd, node: process.execPath, env: { VK_ICD_FILENAMES: icd }, own: "octet" },
    { needs: mesa26, node: mesa26, env: {}, own: "matrix-8x8x8-8" },
  ];
  let failed = 0;
  for (const { needs, node, env, own } of machines) {
    const isThere = existsSync(needs);
    const count = (what: string, passed: () => boolean): void => {
      console.log(`\n${what}: ${needs}`);
      if (isThere && passed()) return;
      console.error(`FAILED: ${what}, ${isThere ? needs : `no ${needs}`}`);
      failed += 1;
    };
    count("kernels", () => passes(node, KERNELS, env));
    for (const profile of named.length > 0 ? named : [own]) {
      count(profile, () => passes(node, [GOLDENS], { ...env, KERNEL_PROFILE: profile }));
    }
  }
  console.log(failed === 0 ? "passed" : `${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs files in threads, not processes: node-mesa26 is a script, and vitest cannot fork it. */
function passes(
  node: string,
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): boolean {
  // A golden test that has a limit of its own keeps it.
  const options = ["--project", "gpu", "--pool=threads", "--testTimeout=1200000"];
  const args = [vitest, "run", ...options, ...files];
  const { status } = spawnSync(node, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  return status === 0;
}
