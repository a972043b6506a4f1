/** The folders of Chrome's profiles: made, removed, and cleared after runs that were killed. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeProfile, removeOldProfiles, removeProfile } from "../../../cli/chrome/profile.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "profiles-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Returns the profile's name as another process would have made it. */
const nameOf = (profile: string, id: number): string =>
  path.basename(profile).replace(`-${process.pid}-`, `-${id}-`);

/** The id of a process that was killed. */
async function killed(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  return child.pid!;
}

test("profile: removed with what Chrome wrote into it", async () => {
  const profile = makeProfile(folder);
  mkdirSync(path.join(profile, "Default"));
  writeFileSync(path.join(profile, "Default", "History"), "x");
  await removeProfile(profile);
  expect(readdirSync(folder)).toEqual([]);
});

test("profile: the folder of its socket, left by a killed Chrome → removed, and no other file", async () => {
  const profile = makeProfile(folder);
  const own = path.join(folder, "org.chromium.Chromium.abc");
  const other = path.join(folder, "precious");
  for (const [at, name] of [
    [own, "SingletonCookie"],
    [other, "thesis.tex"],
  ] as const) {
    mkdirSync(at);
    writeFileSync(path.join(at, name), "x");
    writeFileSync(path.join(at, "SingletonSocket"), "");
  }
  symlinkSync(path.join(own, "SingletonSocket"), path.join(profile, "SingletonSocket"));
  await removeProfile(profile);
  expect(readdirSync(folder)).toEqual(["precious"]);
  const another = makeProfile(folder);
  symlinkSync(path.join(other, "SingletonSocket"), path.join(another, "SingletonSocket"));
  await removeProfile(another);
  expect(readdirSync(other)).toEqual(["thesis.tex"]);
});

test("old profiles: killed process → removed; living, other machine's, another program's → kept", async () => {
  const own = makeProfile(folder);
  const dead = nameOf(own, await killed());
  const parent = nameOf(own, process.ppid);
  const other = dead.replace("vl-reward-chrome-", "vl-reward-chrome-elsewhere-");
  const foreign = ["puppeteer_dev_chrome_profile-1", "vl-reward-chrome-", "vl-reward"];
  for (const name of [dead, parent, other, ...foreign]) mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, dead, "Local State"), "{}");
  await removeOldProfiles(folder);
  expect(readdirSync(folder).toSorted()).toEqual(
    [path.basename(own), parent, other, ...foreign].toSorted(),
  );
});

test.runIf(process.platform === "linux")(
  "old profiles: its Chrome lives on → ended; another process with its id → left alone",
  async () => {
    const own = makeProfile(folder);
    const [dead, other] = [nameOf(own, await killed()), nameOf(own, await killed())];
    const wait = ["-e", "setInterval(() => {}, 1000)", "--"];
    const children = [dead, other].map((name) => {
      const profile = path.join(folder, name);
      mkdirSync(profile);
      const words = name === dead ? `--user-data-dir=${profile}` : "--user-data-dir=/elsewhere";
      const child = spawn(process.execPath, [...wait, words, "--headless"]);
      symlinkSync(`machine-${child.pid}`, path.join(profile, "SingletonLock"));
      return child;
    });
    const ended = new Promise((resolve) =>
      children[0]?.once("exit", (_, signal) => resolve(signal)),
    );
    await removeOldProfiles(folder);
    expect(await ended).toBe("SIGKILL");
    expect(children[1]?.exitCode).toBeNull();
    expect(children[1]?.signalCode).toBeNull();
    children[1]?.kill("SIGKILL");
    expect(readdirSync(folder)).toEqual([path.basename(own)]);
  },
);

test("old profiles: no such folder → nothing", async () => {
  await expect(removeOldProfiles(path.join(folder, "absent"))).resolves.toBeUndefined();
});
