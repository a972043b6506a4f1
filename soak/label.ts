/** 1,000 votes by keyboard, and tabs that are killed between them: no vote may be lost. */

import { launchTestBrowser } from "../testing/browser/launch.ts";
import { servePage } from "../testing/demo/page-server.ts";
import { voteAndKill } from "../testing/demo/label-driver.ts";

export const usage = `
npm run soak -- label [OPTIONS]: votes by keyboard in the Label view, with tabs killed between them

  --votes N   1,000 by default
  --kills N   20 by default
  --fake      with an engine that computes nothing: a software GPU takes the cores that the page
              needs, so that the times say little
`;

export const options = {
  votes: { type: "string", default: "1000" },
  kills: { type: "string", default: "20" },
  fake: { type: "boolean", default: false },
} as const;

/** The next pair must be there so soon after a key. */
const LIMIT_MS = 50;

export async function run(values: {
  readonly votes: string;
  readonly kills: string;
  readonly fake: boolean;
}): Promise<boolean> {
  const served = await servePage({ fake: values.fake });
  const browser = await launchTestBrowser();
  try {
    const request = { votes: Number(values.votes), kills: Number(values.kills) };
    const { votes, kills, faults, times } = await voteAndKill(browser, served, request);
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number): string =>
      (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
    const late = sorted.filter((ms) => ms > LIMIT_MS).length;
    for (const fault of faults) console.log(fault);
    console.log(`${votes} votes kept, ${kills} tabs killed, ${faults.length} faults`);
    console.log(
      `key to next pair: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, 99 % ${at(0.99)} ms, ` +
        `most ${at(1)} ms; ${late} of ${sorted.length} above ${LIMIT_MS} ms`,
    );
    return faults.length === 0 && votes >= request.votes;
  } finally {
    await browser.close();
    await served.close();
  }
}
