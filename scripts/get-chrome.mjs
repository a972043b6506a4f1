/**
 * Finds Chrome or Chromium; where there is none, gets one: Chrome for Testing into puppeteer's
 * cache, failing that, as root on Debian or Ubuntu, the distribution's Chromium.
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { load } from "./load.mjs";

/**
 * The path of a browser that starts.
 *
 * @param {(line: string) => void} log
 */
export async function getChrome(log) {
  const { findChrome, puppeteerFolder } = await load("cli/chrome/chrome.ts");
  const found = findChrome();
  if (found !== undefined) return found;
  log("no Chrome or Chromium on this machine: getting one");
  const failures = [];
  for (const get of [() => download(puppeteerFolder(), log), async () => aptGet(log)]) {
    try {
      await get();
      const got = findChrome();
      if (got === undefined) throw new Error("it is not where it should be");
      execFileSync(got, ["--version", "--no-sandbox"], { stdio: "pipe" });
      return got;
    } catch (error) {
      failures.push(error instanceof Error ? error.message.split("\n")[0] : String(error));
      log(`  ${failures.at(-1)}`);
    }
  }
  throw new Error(
    `no browser: ${failures.join("; ")}. Install Chrome or Chromium by hand, or set CHROME_PATH.`,
  );
}

/** @param {string} cacheDir @param {(line: string) => void} log */
async function download(cacheDir, log) {
  const { Browser, detectBrowserPlatform, install, resolveBuildId } =
    await import("@puppeteer/browsers");
  const platform = detectBrowserPlatform();
  if (platform === undefined) throw new Error("Chrome for Testing: none for this system");
  log("Chrome for Testing, stable");
  try {
    const buildId = await resolveBuildId(Browser.CHROME, platform, "stable");
    await install({ browser: Browser.CHROME, buildId, cacheDir, platform });
  } catch (error) {
    throw new Error(`Chrome for Testing: ${String(error)}`, { cause: error });
  }
  if (process.platform !== "linux") return;
  const { findChrome } = await load("cli/chrome/chrome.ts");
  const missing = missingLibraries(findChrome());
  if (missing.length > 0) throw new Error(`Chrome for Testing lacks ${missing.join(", ")}`);
}

/** Shared libraries that the system does not have. @param {string} program */
function missingLibraries(program) {
  const list = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...list.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]);
}

/** @param {(line: string) => void} log */
function aptGet(log) {
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) {
    throw new Error("apt-get: not a Debian or Ubuntu system");
  }
  if (process.getuid?.() !== 0) throw new Error("apt-get install chromium: not root");
  log("apt-get install chromium");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const stdio = /** @type {const} */ (["ignore", "pipe", "pipe"]);
  execFileSync("apt-get", ["-qq", "update"], { stdio, env });
  const install = ["-qq", "-y", "--no-install-recommends", "install", "chromium"];
  execFileSync("apt-get", install, { stdio, env });
}
