// Tested by: test/demo/faults.browser.test.ts
/**
 * Launches headless Chrome with WebGPU: for the command line, and for tests that need a real one.
 */

import type { Browser, PuppeteerNode } from "puppeteer-core";
import { UnsupportedError } from "../../src/errors.ts";
import { adapterFlags, type AdapterChoice } from "./adapter.ts";
import { requireChrome, thisMachine, type Machine } from "./chrome.ts";
import { makeProfile, removeOldProfiles, removeProfile } from "./profile.ts";

export interface BrowserOptions {
  readonly adapter?: AdapterChoice;
  /** Flags of Chrome besides those of the adapter. */
  readonly flags?: readonly string[];
  /** Takes one line for people: which Chrome, which adapter, and why. */
  readonly log?: (line: string) => void;
  readonly machine?: Machine;
  /** What starts it: puppeteer-core by default. Tests give puppeteer. */
  readonly launcher?: Pick<PuppeteerNode, "launch">;
}

/**
 * Starts Chrome. The caller closes it.
 * @throws InputError if there is no Chrome, UnsupportedError if it does not start.
 */
export async function launchBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const { adapter = "auto", log = () => {}, machine = thisMachine } = options;
  const chrome = requireChrome(machine);
  const { kind, why, flags } = adapterFlags(adapter, machine);
  log(`browser: ${chrome}, adapter: ${kind} (${why})`);
  const common = [...flags, ...(options.flags ?? []), "--disable-dev-shm-usage"];
  const launcher = options.launcher ?? (await import("puppeteer-core")).default;
  const start = (args: string[]): Promise<Browser> => launch(launcher, chrome, args);
  try {
    return await start(machine.isRoot ? [...common, "--no-sandbox"] : common);
  } catch (error) {
    // In containers and under Ubuntu's AppArmor, Chrome's sandbox cannot be had without root.
    // The page is our own and comes from this machine.
    if (machine.isRoot || !/sandbox/i.test(String(error))) throw unable(chrome, error);
    log("browser: no sandbox on this system, started without it");
    return await start([...common, "--no-sandbox"]).catch((again: unknown) => {
      throw unable(chrome, again);
    });
  }
}

async function launch(
  launcher: Pick<PuppeteerNode, "launch">,
  executablePath: string,
  args: string[],
): Promise<Browser> {
  await removeOldProfiles();
  const userDataDir = makeProfile();
  const browser = await startWith(launcher, executablePath, args, userDataDir).catch(
    async (error: unknown) => {
      await removeProfile(userDataDir);
      throw error;
    },
  );
  const close = browser.close.bind(browser);
  browser.close = async () => {
    await close().finally(() => removeProfile(userDataDir));
    // Chrome of a killed run may have written into its folder when this run began.
    await removeOldProfiles();
  };
  return browser;
}

function startWith(
  launcher: Pick<PuppeteerNode, "launch">,
  executablePath: string,
  args: string[],
  userDataDir: string,
): Promise<Browser> {
  return launcher.launch({
    executablePath,
    args,
    userDataDir,
    headless: true, // --headless=new; the old one, now the headless shell, has no WebGPU
    // Chrome ends with us, also if we are killed: it closes when its pipe does.
    pipe: true,
    // A whole shard or a long scoring passes between two answers of the page.
    protocolTimeout: 0,
    // The caller decides what an interrupt means.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

function unable(chrome: string, cause: unknown): UnsupportedError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new UnsupportedError({
    where: chrome,
    what: `did not start: ${said.split("\n", 3).join(" ").trim()}`,
    todo: "Start it by hand with --headless=new to see why, or name another by CHROME_PATH",
    cause,
  });
}
