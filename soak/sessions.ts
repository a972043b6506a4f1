/** A table ranked while its tab is killed: no score that was shown may be lost. */

import { launchTestBrowser } from "../testing/browser/launch.ts";
import { servePage } from "../testing/demo/page-server.ts";
import { rankAndKill } from "../testing/demo/session-driver.ts";

export const usage = `
npm run soak -- sessions [OPTIONS]: a table is ranked in the page while its tab is killed

  --rows N    300 by default
  --kills N   20 by default
`;

export const options = {
  rows: { type: "string", default: "300" },
  kills: { type: "string", default: "20" },
} as const;

export async function run(values: {
  readonly rows: string;
  readonly kills: string;
}): Promise<boolean> {
  const served = await servePage({ fake: true });
  const browser = await launchTestBrowser();
  try {
    const request = { rows: Number(values.rows), kills: Number(values.kills) };
    const { rows, kills, faults } = await rankAndKill(browser, served, request);
    for (const fault of faults) console.log(fault);
    console.log(`${rows} rows kept, ${kills} tabs killed, ${faults.length} faults`);
    return faults.length === 0;
  } finally {
    await browser.close();
    await served.close();
  }
}
