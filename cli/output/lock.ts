// Tested by: test/cli/batch/resume.test.ts
/**
 * Keeps two runs from writing the same output: `OUTPUT.lock` holds the process that writes it.
 *
 * A lock whose process is gone (kill -9, a power cut) is taken over. One of another machine cannot
 * be asked after, so it holds until someone removes it.
 */

import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { InputError } from "../../src/errors.ts";
import { unwritable } from "./output-file.ts";

export interface Lock {
  release(): Promise<void>;
}

/** Takes the lock of a file. @throws InputError if another run has it */
export async function lockOutput(file: string): Promise<Lock> {
  const lock = `${file}.lock`;
  const own = JSON.stringify({ process: process.pid, host: hostname() });
  for (let tries = 0; tries < 3; tries++) {
    if (await create(lock, own)) return { release: () => release(lock, own) };
    const text = await readFile(lock, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const holder = holderOf(text);
    const isHeld = holder === undefined ? !(await isTorn(lock)) : isAtWork(holder);
    if (isHeld) return refuse(file, lock, holder);
    await removeStale(lock, text);
  }
  return refuse(file, lock, undefined);
}

/** Returns whether the lock was free. */
async function create(lock: string, text: string): Promise<boolean> {
  try {
    const handle = await open(lock, "wx");
    try {
      await handle.writeFile(text).finally(() => handle.close());
    } catch (cause) {
      // The disk is full. An empty lock would keep everyone out when there is room again.
      await rm(lock, { force: true }).catch(() => {});
      throw cause;
    }
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    return unwritable(lock, cause);
  }
}

/**
 * A lock is written as soon as it is made: one that is still without a holder was torn by a kill.
 */
const TORN_MS = 10_000;

async function isTorn(lock: string): Promise<boolean> {
  const stats = await stat(lock).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > TORN_MS;
}

interface Holder {
  readonly process: number;
  readonly host: string;
}

/**
 * Returns the holder; undefined if the lock was just made and is not written yet, or is not ours.
 */
function holderOf(text: string): Holder | undefined {
  try {
    const { process: id, host } = JSON.parse(text) as Partial<Holder>;
    return typeof id === "number" && typeof host === "string" ? { process: id, host } : undefined;
  } catch {
    return undefined;
  }
}

function isAtWork({ process: id, host }: Holder): boolean {
  if (host !== hostname()) return true;
  // A lock of this very process is one that another call in it holds.
  try {
    return process.kill(id, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Moves the lock away, and puts it back if another run took it over in the meantime. */
async function removeStale(lock: string, text: string): Promise<void> {
  const aside = `${lock}.${process.pid}.stale`;
  try {
    await rename(lock, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8").catch(() => text)) === text) await rm(aside, { force: true });
  else await rename(aside, lock).catch(() => {});
}

async function release(lock: string, own: string): Promise<void> {
  if ((await readFile(lock, "utf8").catch(() => "")) === own) await rm(lock, { force: true });
}

function refuse(file: string, lock: string, holder: Holder | undefined): never {
  const who = holder === undefined ? "another run" : `process ${holder.process} on ${holder.host}`;
  throw new InputError({
    where: file,
    what: `is being written by ${who}`,
    todo: `Wait for that run, or give another output. If there is no such run, remove ${lock}`,
  });
}
