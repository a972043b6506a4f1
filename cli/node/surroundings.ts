// Tested by: test/cli/chrome/runtime.test.ts
/** What of this machine decides between Chrome and Node. */
import { adapterFlags } from "../chrome/adapter.ts";
import type { Surroundings } from "../chrome/runtime.ts";
import { openDawn } from "./dawn.ts";

export const surroundings: Surroundings = {
  async isInstalled(name) {
    try {
      import.meta.resolve(name);
      return true;
    } catch {
      return false;
    }
  },
  seemsToHaveGpu: async () => adapterFlags("auto").kind === "hardware",
  async realAdapter() {
    const gpu = await openDawn("hardware").catch(() => undefined);
    const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return undefined;
    const { vendor, architecture, device, description } = adapter.info;
    const name = [vendor, architecture, device, description].filter(Boolean).join(" ");
    const isSoftware = /swiftshader|llvmpipe|lavapipe|warp/i.test(name);
    return isSoftware ? undefined : name || "unnamed adapter";
  },
};
