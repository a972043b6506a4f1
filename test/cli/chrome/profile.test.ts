/** The folders of Chrome's profiles: made, removed, and cleared after runs that were killed. */
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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
  "old profiles: its Chrome and its handler of crashes live on → ended; another's → left alone",
  async () => {
    const own = makeProfile(folder);
    const dead = path.join(folder, nameOf(own, await killed()));
    mkdirSync(dead);
    const wait = ["-e", "setInterval(() => {}, 1000)", "--"];
    const words = [
      `--user-data-dir=${dead}`,
      `--database=${dead}/Crashpad`,
      `--user-data-dir=${dead}-other`,
    ];
    const children = words.map((word) => spawn(process.execPath, [...wait, word, "--headless"]));
    const ends = children.map(
      (child) => new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal))),
    );
    // /proc has their words once they run.
    for (const child of children) {
      await expect
        .poll(() => readFileSync(`/proc/${child.pid}/cmdline`, "utf8"), { timeout: 20_000 })
        .toContain("--headless");
    }
    await removeOldProfiles(folder);
    expect(await Promise.all(ends.slice(0, 2))).toEqual(["SIGKILL", "SIGKILL"]);
    expect([children[2]?.exitCode, children[2]?.signalCode]).toEqual([null, null]);
    children[2]?.kill("SIGKILL");
    await ends[2];
    expect(readdirSync(folder)).toEqual([path.basename(own)]);
  },
);

test("old profiles: no such folder → nothing", async () => {
  await expect(removeOldProfiles(path.join(folder, "absent"))).resolves.toBeUndefined();
});
