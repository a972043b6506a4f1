import { describe, expect, it } from "vitest";
import { ADVICE, adviceFor, browserName } from "../../../demo/base/support.ts";

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
    const advice = adviceFor("safari");
    expect(advice[0]?.browser).toBe("safari");
    expect(advice).toHaveLength(ADVICE.length);
  });
});
