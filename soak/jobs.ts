/** Eight everyday jobs in the built page, with the embedded model. */

import type { Values } from "../tools/options.ts";

export const usage = `
npm run soak -- jobs [OPTIONS]: eight everyday jobs in the built page, as people do them

  --firefox PATH  in this Firefox instead of Chrome, those that it can do
  --only N,…      their numbers, from 1; 9 is what is left without WebGPU
`;

export const options = {
  firefox: { type: "string" },
  only: { type: "string" },
} as const;

export async function run({ firefox, only }: Values<typeof options>): Promise<boolean> {
  // The helpers ask which browser it is when they are loaded.
  if (firefox !== undefined) process.env["FIREFOX_PATH"] = firefox;
  const { launchTestBrowser } = await import("../testing/browser/launch.ts");
  const { doJob, JOBS, lacksGpu, WITHOUT_GPU } = await import("../testing/demo/everyday-jobs.ts");
  const { servePage } = await import("../testing/demo/page-server.ts");
  const served = await servePage({ offline: true });
  const browser = await launchTestBrowser();
  const chosen = only?.split(",").map(Number);
  let failed = 0;
  try {
    const isWithout = await lacksGpu(browser, served);
    if (isWithout) console.log("this browser has no WebGPU: scores cannot be tried in it");
    for (const [at, job] of [...JOBS, WITHOUT_GPU].entries()) {
      if (chosen !== undefined && !chosen.includes(at + 1)) continue;
      const needsGpu = isWithout && job !== WITHOUT_GPU;
      if (needsGpu || (firefox !== undefined && job.isForChrome === true)) {
        console.log(`left out  ${at + 1} ${job.name}`);
        continue;
      }
      const begin = performance.now();
      const fault = await doJob(browser, served, job);
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      console.log(
        `${fault === undefined ? "done  " : "FAILED"}  ${at + 1} ${job.name}, ${seconds} s`,
      );
      if (fault !== undefined) console.log(`        ${fault}`);
      failed += fault === undefined ? 0 : 1;
    }
    console.log(`${failed} failed`);
    return failed === 0;
  } finally {
    await browser.close();
    await served.close();
  }
}
