/** Work in the page while it is killed: nothing that was shown may be lost. */

import { launchTestBrowser } from "../testing/browser/launch.ts";
import { servePage } from "../testing/demo/page-server.ts";
import { rankAndKill } from "../testing/demo/session-driver.ts";
import { numberOf, type Values } from "../tools/options.ts";
import { killInRealWork } from "./parts/real-sessions.ts";

export const usage = `
npm run soak -- sessions [OPTIONS]: work in the page while its tab is killed; nothing shown is lost

  --real      with the embedded model: Score, a table and votes; tab, GPU process and browser are killed
  --rows N    of the table without --real, 300 by default
  --kills N   20 by default
`;

export const options = {
  real: { type: "boolean", default: false },
  rows: { type: "string", default: "300" },
  kills: { type: "string", default: "20" },
} as const;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const kills = numberOf("kills", values.kills);
  return values.real ? await killReal(kills) : await killFake(kills, numberOf("rows", values.rows));
}

async function killReal(asked: number): Promise<boolean> {
  const { kills, rows, votes, verdicts, faults } = await killInRealWork(asked, console.error);
  for (const [what, times] of Object.entries(kills)) console.log(`${what}: ${times} kills`);
  for (const fault of faults) console.log(fault);
  const kept = `${verdicts} verdicts, ${rows} rows and ${votes} votes kept`;
  console.log(`${kept}, ${asked} kills, ${faults.length} faults`);
  return faults.length === 0;
}

async function killFake(asked: number, rowCount: number): Promise<boolean> {
  const served = await servePage({ fake: true });
  const browser = await launchTestBrowser();
  try {
    const request = { rows: rowCount, kills: asked };
    const { rows, kills, faults } = await rankAndKill(browser, served, request);
    for (const fault of faults) console.log(fault);
    console.log(`${rows} rows kept, ${kills} tabs killed, ${faults.length} faults`);
    return faults.length === 0;
  } finally {
    await browser.close();
    await served.close();
  }
}
