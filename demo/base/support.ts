/** Whether this browser can run the engine, and what a person can do if it cannot. */

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

export interface Advice {
  readonly browser: Exclude<BrowserName, "other">;
  readonly title: string;
  readonly steps: readonly string[];
}

export const ADVICE: readonly Advice[] = [
  {
    browser: "chrome",
    title: "Chrome, Edge and other Chromium browsers",
    steps: [
      "Update to version 113 or newer (121 on Android).",
      "In Settings → System, turn on “Use graphics acceleration when available”, then restart the browser.",
      "On Linux, open chrome://flags/#enable-unsafe-webgpu, choose Enabled, and restart.",
      "Open chrome://gpu: the line “WebGPU” says what is missing, often a newer graphics driver.",
    ],
  },
  {
    browser: "firefox",
    title: "Firefox",
    steps: [
      "Update to version 141 or newer on Windows, 145 or newer on a Mac with Apple silicon.",
      "On other systems, open about:config and set dom.webgpu.enabled to true; Firefox Nightly works best.",
    ],
  },
  {
    browser: "safari",
    title: "Safari on a Mac",
    steps: [
      "Update to Safari 26 or newer.",
      "In older ones, tick “WebGPU” in Settings → Feature Flags (show the Develop menu first).",
    ],
  },
  {
    browser: "ios",
    title: "iPhone and iPad",
    steps: ["Update to iOS or iPadOS 26: every browser there then has WebGPU."],
  },
];

/** Returns all advice, this browser's first. */
export function adviceFor(browser: BrowserName): readonly Advice[] {
  return ADVICE.toSorted((a, b) => Number(b.browser === browser) - Number(a.browser === browser));
}
