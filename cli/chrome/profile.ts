/**
 * The folder that Chrome keeps a run's profile in: about 13 MB, removed when Chrome has ended.
 *
 * A run that is killed (kill -9, a power cut) cannot remove its own. The folder's name says which
 * process made it, and the next run removes those whose process is gone.
 */

import { mkdtempSync } from "node:fs";
import { readdir, readFile, readlink, rm, rmdir } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";

/** Folders of other machines that share the temporary folder are left alone. */
const PREFIX = `vl-reward-chrome-${hostname().replaceAll(/[^\w.-]/g, "_")}-`;

/** Makes the folder. The caller removes it with `removeProfile`. */
export function makeProfile(folder: string = tmpdir()): string {
  return mkdtempSync(path.join(folder, `${PREFIX}${process.pid}-`));
}

/** Chrome may still write for a moment after it has said that it is closed. */
export async function removeProfile(profile: string): Promise<void> {
  await removeSocket(profile);
  await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }).catch(
    () => {},
  );
}

/**
 * Removes the folder of the socket that the profile links to: a Chrome that is killed leaves it in
 * the temporary folder. Only Chrome's own two files in it are removed.
 */
async function removeSocket(profile: string): Promise<void> {
  const socket = await readlink(path.join(profile, "SingletonSocket")).catch(() => undefined);
  if (socket === undefined || path.basename(socket) !== "SingletonSocket") return;
  const folder = path.dirname(socket);
  const own = [socket, path.join(folder, "SingletonCookie")];
  await Promise.all(own.map((file) => rm(file, { force: true }).catch(() => {})));
  await rmdir(folder).catch(() => {});
}

/** Removes the folders of runs that were killed. What cannot be removed is left. */
export async function removeOldProfiles(folder: string = tmpdir()): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const old = names.filter((name) => name.startsWith(PREFIX) && !isAtWork(processOf(name)));
  await Promise.all(
    old.map(async (name) => {
      const profile = path.join(folder, name);
      await endChrome(profile);
      await removeProfile(profile);
    }),
  );
}

/**
 * Ends the Chrome of a run that was killed, with its handler of crashes. They end by themselves,
 * but on a busy machine after a while, and write into the profile until then: one that had just
 * been started, even after the folder was removed. On Linux /proc says which they are; elsewhere
 * they are left alone.
 */
async function endChrome(profile: string): Promise<void> {
  const own = [`--user-data-dir=${profile}\0`, `--database=${profile}/`];
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    ids.map(async (id) => {
      const line = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
      if (!own.some((word) => line.includes(word))) return;
      try {
        process.kill(Number(id), "SIGKILL");
      } catch {
        // It has just ended.
      }
    }),
  );
}

function processOf(name: string): number {
  return Number(/^\d+/.exec(name.slice(PREFIX.length))?.[0] ?? Number.NaN);
}

/** A name without a process is not one of ours. */
function isAtWork(id: number): boolean {
  if (!Number.isSafeInteger(id) || id <= 0) return true;
  try {
    return process.kill(id, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
