/**
 * `npm test [-- NAME] [VITEST ARGUMENTS]`: runs the tests, and ends in a line `N passed, N failed`.
 * test/README.md says what the projects are.
 */

import { testAdaptedHead } from "./test/adapted-head.ts";
import { testInFirefox } from "./test/firefox.ts";
import { testOnGpus } from "./test/gpus.ts";
import { testHosts } from "./test/hosts.ts";
import { PROJECTS, testInNode } from "./test/vitest.ts";
import { testVllm } from "./test/vllm.ts";

const usage = `
npm test -- [NAME] [VITEST ARGUMENTS]: all tests, or some of them

  unit          those without GPU and browser
  gpu           those on Dawn for Node
  browser       those in headless Chrome
  firefox       those of the browser in a real Firefox: npm test -- firefox FIREFOX [FILE…]
  gpus          kernels and goldens on Mesa's software GPUs: npm test -- gpus DIR [PROFILE…]
  hosts         the packed library in what people build pages with: npm test -- hosts [HOST…]
  adapted-head  a fitted head in Hugging Face's code, pairs of labels in TRL:
                npm test -- adapted-head PYTHON [--trl PYTHON]
  vllm          the remote client against a real vLLM: npm test -- vllm VLLM [--keep]
  PATH          the files whose paths contain it
  --matrix      prints the matrix of faults, from the tests that ran
  --second-try  browser files that failed run once more, alone, and are named (as .ci/run does)
`;

export async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "--help" || name === "-h") {
    console.log(usage.trim());
    return 0;
  }
  if (name === "firefox") return await testInFirefox(rest);
  if (name === "hosts") return await testHosts(rest);
  if (name === "gpus") return await testOnGpus(rest);
  if (name === "adapted-head") return await testAdaptedHead(rest);
  if (name === "vllm") return await testVllm(rest);
  const project = PROJECTS.find((one) => one === name);
  return await testInNode(project, project === undefined ? args : rest);
}
