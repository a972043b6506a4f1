/**
 * The supervisor's side of a lane: starts its process, asks for jobs, and ends it if it hangs.
 *
 * The machine may be busy with other things, and the lane runs at the lowest priority. So a hang is
 * told from what its processes do, not from the clock: they wait for nothing that is visible, or
 * they compute much longer than the job takes.
 */

import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { repository } from "../../../tools/repository.ts";
import { familyOf, isRunnable, killFamily, secondsOf } from "../processes.ts";
import type { LaneName, Outcome } from "./work.ts";

/** No process of the lane can run for so long: it waits for what does not come. */
const IDLE_SECONDS = 90;
/** A job takes some seconds of a core, 60 at most. */
const BUSY_SECONDS = 240;
/** In any case. */
const LONGEST_SECONDS = 3600;
const LOOK_MS = 2000;
/** Waking up for a timer now and then is not work. */
const IDLE_SHARE = 0.01;

export interface Reply {
  readonly id: number;
  readonly outcome?: Outcome;
  readonly measured?: Readonly<Record<string, number>>;
}

export class Hang extends Error {}

/** A process of a lane, started when it is first needed and again after it was ended. */
export class LaneClient {
  readonly name: LaneName;
  /** How often the process was started. */
  starts = 0;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #nextId = 1;

  constructor(name: LaneName, env: NodeJS.ProcessEnv) {
    this.name = name;
    this.#env = env;
  }

  /**
   * Asks for a job, or for the measurements if there is no name.
   * @throws Hang if there is no answer; the lane is ended then
   */
  async ask(job: string | undefined, seed: number): Promise<Reply> {
    const child = await this.#started();
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = this.#answerTo(child, id, job ?? "measure");
    child.send({ id, job, seed });
    return await answer;
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => killFamily(child.pid ?? -1), 20_000);
    await ended;
    clearTimeout(timer);
  }

  async #started(): Promise<ChildProcess> {
    if (this.#child?.connected === true) return this.#child;
    const script = path.join(repository, "tools/run.mjs");
    const args = ["--expose-gc", "--no-warnings", script, "soak", "day", "--lane", this.name];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: this.#env,
    });
    this.#child = child;
    this.starts += 1;
    await this.#answerTo(child, 0, "start");
    return child;
  }

  /** Waits for the reply of that number. */
  async #answerTo(child: ChildProcess, id: number, what: string): Promise<Reply> {
    let listen: (message: Reply) => void = () => {};
    let leave: (code: number | null, signal: string | null) => void = () => {};
    const reply = new Promise<Reply>((resolve, reject) => {
      listen = (message) => {
        if (message.id === id) resolve(message);
      };
      leave = (code, signal) =>
        reject(new Error(`${this.name}: its process ended with ${code ?? signal} in ${what}`));
      child.on("message", listen);
      child.once("exit", leave);
    });
    const watch = watchFor(child.pid ?? -1);
    try {
      return await Promise.race([reply, watch.hang]);
    } catch (error) {
      killFamily(child.pid ?? -1);
      this.#child = undefined;
      throw error instanceof Hang ? new Hang(`${this.name}, ${what}: ${error.message}`) : error;
    } finally {
      watch.stop();
      child.off("message", listen);
      child.off("exit", leave);
    }
  }
}

/** Rejects when a process and those below it hang. */
function watchFor(id: number): { readonly hang: Promise<never>; stop(): void } {
  const begin = performance.now();
  let seen = secondsOf(familyOf(id));
  const atFirst = seen;
  let idleSince = begin;
  let lookedAt = begin;
  let timer: ReturnType<typeof setInterval> | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const now = performance.now();
      const family = familyOf(id);
      const used = secondsOf(family);
      const share = ((used - seen) * 1000) / (now - lookedAt);
      if (share > IDLE_SHARE || family.some((one) => isRunnable(one.id))) idleSince = now;
      seen = used;
      lookedAt = now;
      const seconds = (now - begin) / 1000;
      const idle = (now - idleSince) / 1000;
      if (idle > IDLE_SECONDS) reject(new Hang(`idle for ${idle.toFixed(0)} s`));
      if (used - atFirst > BUSY_SECONDS) {
        reject(new Hang(`computed for ${(used - atFirst).toFixed(0)} s`));
      }
      if (seconds > LONGEST_SECONDS) reject(new Hang(`no answer in ${seconds.toFixed(0)} s`));
    }, LOOK_MS);
  });
  hang.catch(() => {});
  return { hang, stop: () => clearInterval(timer) };
}
