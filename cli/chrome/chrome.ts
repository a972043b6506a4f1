/**
 * Which Chrome runs the engine on this machine, and on which adapter.
 *
 * Looked for in this order: CHROME_PATH, PUPPETEER_EXECUTABLE_PATH, the usual places of the
 * operating system, puppeteer's cache. Chrome's headless shell has no WebGPU and is never taken.
 */

import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { InputError } from "../../src/errors.ts";

/** What the search depends on; a test gives its own. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly isRoot: boolean;
  exists(file: string): boolean;
  list(folder: string): string[];
}

/** The machine that this process runs on. */
export const thisMachine: Machine = {
  env: process.env,
  platform: process.platform,
  home: homedir(),
  isRoot: process.getuid?.() === 0,
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder).toSorted() : []),
};

/** Returns the path of a Chrome or Chromium, or undefined if there is none. */
export function findChrome(machine: Machine = thisMachine): string | undefined {
  for (const name of ["CHROME_PATH", "PUPPETEER_EXECUTABLE_PATH"]) {
    const named = machine.env[name];
    if (named === undefined || named === "") continue;
    if (machine.exists(named)) return named;
    throw new InputError({
      where: name,
      what: "there is no such program",
      got: named,
      expected: "the path of Chrome or Chromium",
      todo: `Correct ${name}, or unset it to let Chrome be found`,
    });
  }
  return [...usualPlaces(machine), ...puppeteerCache(machine)].find((file) => machine.exists(file));
}

/**
 * Returns the same as `findChrome`.
 * @throws InputError if there is none
 */
export function requireChrome(machine: Machine = thisMachine): string {
  const found = findChrome(machine);
  if (found !== undefined) return found;
  throw new InputError({
    where: "Chrome",
    what: "none found on this machine",
    expected: "Chrome or Chromium, which runs the engine",
    todo:
      "Install Chrome, or run `npx @puppeteer/browsers install chrome@stable --path " +
      `${puppeteerFolder(machine)}\`, or set CHROME_PATH`,
  });
}

/** Returns the Vulkan driver file of SwiftShader beside a Chrome, for Dawn in Node. */
export function swiftshaderIcd(machine: Machine = thisMachine): string | undefined {
  const chrome = findChrome(machine);
  const folders = [
    ...(chrome === undefined ? [] : [path.dirname(chrome)]),
    // /usr/bin/chromium and google-chrome are scripts; their programs live here.
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/opt/google/chrome",
    ...puppeteerCache(machine).map((file) => path.dirname(file)),
  ];
  return folders
    .map((folder) => path.join(folder, "vk_swiftshader_icd.json"))
    .find((file) => machine.exists(file));
}

/** Returns puppeteer's cache, in which this project stores a Chrome that it downloads. */
export function puppeteerFolder(machine: Machine = thisMachine): string {
  return machine.env["PUPPETEER_CACHE_DIR"] ?? path.join(machine.home, ".cache", "puppeteer");
}

function usualPlaces(machine: Machine): string[] {
  if (machine.platform === "darwin") {
    const names = ["Google Chrome", "Google Chrome Canary", "Chromium"];
    return ["", machine.home].flatMap((root) =>
      names.map((name) => `${root}/Applications/${name}.app/Contents/MacOS/${name}`),
    );
  }
  if (machine.platform === "win32") {
    return ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].flatMap((name) => {
      const root = machine.env[name];
      return root === undefined
        ? []
        : [
            path.win32.join(root, "Google", "Chrome", "Application", "chrome.exe"),
            path.win32.join(root, "Chromium", "Application", "chrome.exe"),
          ];
    });
  }
  const names = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser"];
  const folders = [...(machine.env["PATH"] ?? "").split(":"), "/usr/bin", "/snap/bin"];
  return [
    ...names.flatMap((name) => folders.filter((f) => f !== "").map((f) => `${f}/${name}`)),
    "/opt/google/chrome/chrome",
  ];
}

/**
 * Chromes of puppeteer's cache, the newest first: `chrome/<platform>-<build>/chrome-<platform>/…`.
 */
function puppeteerCache(machine: Machine): string[] {
  const root = path.join(puppeteerFolder(machine), "chrome");
  const builds = machine.list(root).toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return builds.flatMap((build) =>
    machine.list(path.join(root, build)).map((folder) => {
      const inside = path.join(root, build, folder);
      if (machine.platform === "win32") return path.join(inside, "chrome.exe");
      if (machine.platform === "darwin") {
        const app = "Google Chrome for Testing";
        return path.join(inside, `${app}.app`, "Contents", "MacOS", app);
      }
      return path.join(inside, "chrome");
    }),
  );
}
