/** The process of a lane: does the jobs that its parent names, one at a time. */

import { random } from "../../../testing/store/model-fixture.ts";
import { type Lane, type LaneName, wrong } from "./work.ts";

/** Asks for a job, or for the measurements. */
export interface Request {
  readonly id: number;
  readonly job: string | undefined;
  readonly seed: number;
}

async function openLane(name: LaneName): Promise<Lane> {
  if (name === "engine") return await (await import("./engine-lane.ts")).openEngineLane();
  if (name === "chrome") return await (await import("./chrome-lane.ts")).openChromeLane();
  return (await import("./commands-lane.ts")).openCommandsLane();
}

/** Runs until the parent is gone, which may have been killed. */
export async function hostLane(name: LaneName): Promise<true> {
  const lane = await openLane(name);
  const { send } = process;
  if (send === undefined) throw new Error(`--lane ${name}: is for the soak itself`);
  const reply = (message: object): void =>
    (send as (message: object) => void).call(process, message);
  let last: Promise<void> = Promise.resolve();
  process.on("message", (request: Request) => {
    last = last.then(async () => reply({ id: request.id, ...(await answer(lane, request)) }));
  });
  reply({ id: 0, outcome: undefined });
  await new Promise<void>((resolve) => process.once("disconnect", resolve));
  await lane.close();
  return true;
}

async function answer(lane: Lane, { job, seed }: Request): Promise<object> {
  if (job === undefined) return { measured: await lane.measure() };
  try {
    const work = lane.jobs[job];
    if (work === undefined) throw new Error(`there is no job ${job}`);
    return { outcome: await work(random(seed)) };
  } catch (error) {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { outcome: wrong(`threw ${told}`) };
  }
}
