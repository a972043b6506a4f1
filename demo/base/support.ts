/** Whether this browser can run the engine, and what a person can do if it cannot. */
import { words } from "../language/language.ts";

/**
 * `insecure`: WebGPU exists on HTTPS and localhost only.
 * `no-adapter`: the browser has it, but found no GPU that it trusts.
 */
export type WebGpuSupport = "available" | "missing" | "insecure" | "no-adapter";

export async function webGpuSupport(): Promise<WebGpuSupport> {
  if (!isSecureContext) {
    return "insecure";
  }
  // The types promise `gpu`; browsers without WebGPU do not.
  const gpu = (navigator as { readonly gpu?: GPU | undefined }).gpu;
  if (gpu === undefined) {
    return "missing";
  }
  const adapter = await gpu.requestAdapter().catch(() => null);
  return adapter === null ? "no-adapter" : "available";
}

export type BrowserName = "chrome" | "firefox" | "safari" | "ios" | "other";

/** Returns the browser by its user agent: good enough to choose which advice comes first. */
export function browserName(userAgent: string, touchPoints = 0): BrowserName {
  // An iPad says that it is a Mac, but has a touch screen. Every browser there is Safari inside.
  const isIpad = userAgent.includes("Macintosh") && touchPoints > 1;
  if (isIpad || /iPhone|iPad|iPod/.test(userAgent)) {
    return "ios";
  }
  if (userAgent.includes("Firefox/")) {
    return "firefox";
  }
  if (/Chrome\/|Chromium\//.test(userAgent)) {
    return "chrome";
  }
  return userAgent.includes("Safari/") ? "safari" : "other";
}

/** Returns the major version of Chrome and its kin; undefined for other browsers. */
export function chromeVersion(userAgent: string): number | undefined {
  const found = /Chrom(?:e|ium)\/(\d+)/.exec(userAgent)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The first Chrome with WebGPU; on Android it came later. */
const FIRST_CHROME = 113;

export interface Advice {
  readonly browser: Exclude<BrowserName, "other">;
  readonly steps: readonly string[];
}

/**
 * Returns advice by the cause, this browser's first. A browser that is new enough is not told to
 * update.
 */
export function adviceFor(
  support: Exclude<WebGpuSupport, "available">,
  browser: BrowserName,
  version: number | undefined,
): readonly Advice[] {
  if (support === "insecure") return [];
  const say = words().frame.noWebGpu;
  const isOld = version !== undefined && version < FIRST_CHROME;
  const update = version === undefined ? say.chromeTooOld : say.updateChrome(version);
  const settings = [say.chromeAcceleration, say.chromeLinux, say.chromeGpuPage];
  if (support === "no-adapter") {
    // WebGPU is there: only what hides the adapter is worth a try, and only in this browser.
    const steps = {
      chrome: [...settings, say.closeOthers, say.chromeRemote],
      firefox: [say.closeOthers, say.chromeRemote],
      safari: [say.closeOthers, say.chromeRemote],
      ios: [say.closeOthers],
    };
    return browser === "other"
      ? [{ browser: "chrome", steps: steps.chrome }]
      : [{ browser, steps: steps[browser] }];
  }
  const all: readonly Advice[] = [
    {
      browser: "chrome",
      steps: version === undefined || isOld ? [update, ...settings] : settings,
    },
    { browser: "firefox", steps: [say.firefoxUpdate, say.firefoxConfig] },
    { browser: "safari", steps: [say.safariUpdate, say.safariFlags] },
    { browser: "ios", steps: [say.iosUpdate] },
  ];
  return all.toSorted((a, b) => Number(b.browser === browser) - Number(a.browser === browser));
}
