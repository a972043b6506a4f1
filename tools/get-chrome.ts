/**
 * Finds Chrome or Chromium. If there is none, gets one: Chrome for Testing into puppeteer's cache;
 * failing that, as root on Debian or Ubuntu, the distribution's Chromium.
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findChrome, puppeteerFolder } from "../cli/chrome/chrome.ts";

type Log = (line: string) => void;

/** Returns the path of a browser that starts. */
export async function getChrome(log: Log): Promise<string> {
  const found = findChrome();
  if (found !== undefined) return found;
  log("no Chrome or Chromium on this machine: getting one");
  const failures: string[] = [];
  for (const get of [() => download(puppeteerFolder(), log), () => aptGet(log)]) {
    try {
      await get();
      const got = findChrome();
      if (got === undefined) throw new Error("it is not where it should be");
      execFileSync(got, ["--version", "--no-sandbox"], { stdio: "pipe" });
      return got;
    } catch (error) {
      const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
      failures.push(line);
      log(`  ${line}`);
    }
  }
  throw new Error(
    `no browser: ${failures.join("; ")}. Install Chrome or Chromium by hand, or set CHROME_PATH.`,
  );
}

async function download(cacheDir: string, log: Log): Promise<void> {
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
  const program = findChrome();
  if (process.platform !== "linux" || program === undefined) return;
  const missing = missingLibraries(program);
  if (missing.length > 0) throw new Error(`Chrome for Testing lacks ${missing.join(", ")}`);
}

/** Returns the shared libraries that the system does not have. */
function missingLibraries(program: string): string[] {
  const list = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...list.matchAll(/^\s*(\S+) => not found/gm)].map(([, name = ""]) => name);
}

async function aptGet(log: Log): Promise<void> {
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) {
    throw new Error("apt-get: not a Debian or Ubuntu system");
  }
  if (process.getuid?.() !== 0) throw new Error("apt-get install chromium: not root");
  log("apt-get install chromium");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const how: { stdio: "pipe"; env: NodeJS.ProcessEnv } = { stdio: "pipe", env };
  execFileSync("apt-get", ["-qq", "update"], how);
  const install = ["-qq", "-y", "--no-install-recommends", "install", "chromium"];
  execFileSync("apt-get", install, how);
}
