/** Mixed work in one run, hour after hour: nothing wrong, nothing hangs, nothing grows. */

import { numberOf, UsageError, type Values } from "../tools/options.ts";
import { hostLane } from "./parts/day/lane-host.ts";
import { publishDay } from "./parts/day/publish.ts";
import { superviseDay } from "./parts/day/supervisor.ts";
import { isLane, LANES } from "./parts/day/work.ts";

export const usage: string = `
npm run soak -- day [OPTIONS]: hours of mixed work: scores, loads, aborts, kills, lost devices, full disks

  --hours N        2 by default; 24 elsewhere
  --output STEM    the table, written as it goes: STEM.json and STEM.md; soak-day by default.
                   A run that was killed is continued by the same call
  --share PERCENT  of one core, on average, 100 by default
  --lanes LIST     of ${LANES.join(", ")}: all by default
  --fresh          begins again
  --publish FILE   puts the table of STEM.md into a document, and ends
  --lane NAME      the soak's own: one lane, for its parent
`;

export const options = {
  hours: { type: "string", default: "2" },
  output: { type: "string", default: "soak-day" },
  share: { type: "string", default: "100" },
  lanes: { type: "string", default: "engine,chrome,commands" },
  fresh: { type: "boolean", default: false },
  publish: { type: "string" },
  lane: { type: "string" },
} as const;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const { lane } = values;
  if (lane !== undefined) {
    if (!isLane(lane)) throw new UsageError(`--lane: expected ${LANES.join(", ")}, got ${lane}`);
    return await hostLane(lane);
  }
  if (values.publish !== undefined) {
    publishDay(`${values.output}.md`, values.publish);
    return true;
  }
  const lanes = values.lanes.split(",");
  const unknown = lanes.find((name) => !isLane(name));
  if (unknown !== undefined) {
    throw new UsageError(`--lanes: expected ${LANES.join(", ")}, got ${unknown}`);
  }
  return await superviseDay({
    hours: numberOf("hours", values.hours, 0.001),
    stem: values.output,
    share: numberOf("share", values.share),
    isFresh: values.fresh,
    lanes: lanes.filter(isLane),
    log: (line) => console.log(`${new Date().toISOString().slice(0, 19)} ${line}`),
  });
}
