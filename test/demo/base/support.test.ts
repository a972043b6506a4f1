import { describe, expect, it } from "vitest";
import { adviceFor, browserName, chromeVersion } from "../../../demo/base/support.ts";

const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const AGENTS = {
  chrome: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36",
  firefox: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
  safari: `${MAC} Version/18.6 Safari/605.1.15`,
  ios: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 CriOS/150",
  other: "curl/8",
} as const;

describe("support", () => {
  it.each(Object.entries(AGENTS))("browser name: the agent of %s → %s", (name, agent) => {
    expect(browserName(agent)).toBe(name);
  });

  it("browser name: a Mac with a touch screen → an iPad", () => {
    expect(browserName(AGENTS.safari, 5)).toBe("ios");
  });

  it("advice: Safari → its steps first, and all others after them", () => {
    const advice = adviceFor("missing", "safari", undefined);
    expect(advice.map(({ browser }) => browser)).toEqual(["safari", "chrome", "firefox", "ios"]);
  });

  it("advice: WebGPU without an adapter → by the cause, and no word of updates", () => {
    const advice = adviceFor("no-adapter", "chrome", chromeVersion(AGENTS.chrome));
    expect(advice.map(({ browser }) => browser)).toEqual(["chrome"]);
    expect(advice.flatMap(({ steps }) => steps).join(" ")).not.toContain("Update");
    expect(adviceFor("insecure", "chrome", 156)).toEqual([]);
  });

  it("advice: an old Chrome → its version and what to update to; a new one → no update", () => {
    const [old] = adviceFor("missing", "chrome", 109);
    expect(old?.steps[0]).toBe("This is version 109. Update to 113 or newer (121 on Android).");
    const [fresh] = adviceFor("missing", "chrome", 156);
    expect(fresh?.steps.join(" ")).not.toContain("Update");
  });
});
