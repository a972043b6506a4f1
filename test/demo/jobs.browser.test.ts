/**
 * The everyday jobs in the built page, with the embedded model: those of `npm run soak -- jobs`.
 */
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { doJob, JOBS, WITHOUT_GPU } from "../../testing/demo/everyday-jobs.ts";
import { servePage, type ServedPage } from "../../testing/demo/page-server.ts";

let browser: Browser;
let served: ServedPage;
beforeAll(async () => {
  served = await servePage({ offline: true });
  browser = await launchTestBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

it.each([...JOBS, WITHOUT_GPU])(
  "job: $name → done",
  async (job) => {
    expect(await doJob(browser, served, job)).toBeUndefined();
  },
  240_000,
);
