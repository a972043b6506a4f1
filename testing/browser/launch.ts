/**
 * Starts the browser of the tests: Chrome, or Firefox if FIREFOX_PATH names one (`npm test --
 * firefox`).
 */
import type { Browser } from "puppeteer";
import { launchBrowser } from "../../cli/chrome/browser.ts";
import type { BrowserOptions } from "../../cli/chrome/browser.ts";
import { swiftshaderIcd } from "../../cli/chrome/chrome.ts";
import { steadyClicks } from "./steady-clicks.ts";

const chosenFirefox = process.env["FIREFOX_PATH"];

/**
 * False in Firefox, which has no DevTools protocol: some tests need it to do to the browser what no
 * page can.
 */
export const inChrome: boolean = chosenFirefox === undefined;

/**
 * Starts it. The caller closes it.
 * @param firefox the path of a Firefox, for a test that runs in both browsers
 */
export async function launchTestBrowser(
  options: BrowserOptions = {},
  firefox: string | undefined = chosenFirefox,
): Promise<Browser> {
  const browser = await launchChosen(options, firefox);
  steadyClicks(browser);
  return browser;
}

async function launchChosen(
  options: BrowserOptions,
  firefox: string | undefined,
): Promise<Browser> {
  const { default: puppeteer } = await import("puppeteer");
  if (firefox === undefined) return await launchBrowser({ ...options, launcher: puppeteer });
  const icd = swiftshaderIcd();
  return await puppeteer.launch({
    browser: "firefox",
    executablePath: firefox,
    protocolTimeout: 0,
    // As released on Linux it has no WebGPU, and takes no software adapter.
    extraPrefsFirefox: { "dom.webgpu.enabled": true, "gfx.webgpu.ignore-blocklist": true },
    env: { ...(icd === undefined ? {} : { VK_ICD_FILENAMES: icd }), ...process.env },
  });
}
