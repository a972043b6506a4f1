/** Which runtime a call gets. */
import { expect, test } from "vitest";
import { chooseRuntime, type Surroundings } from "../../../cli/chrome/runtime.ts";
import { surroundings } from "../../../cli/node/surroundings.ts";

const GPU = "nvidia hopper";

function around(
  installed: readonly string[],
  adapter: string | undefined,
  hasGpu = true,
): Surroundings {
  return {
    isInstalled: async (name) => installed.includes(name),
    seemsToHaveGpu: async () => hasGpu,
    realAdapter: async () => adapter,
  };
}
const BOTH = ["webgpu", "sharp"];

test.each([
  ["both packages and a GPU", undefined, "auto", around(BOTH, GPU), "node", GPU],
  ["hardware is asked for", undefined, "hardware", around(BOTH, GPU), "node", GPU],
  ["no webgpu", undefined, "auto", around(["sharp"], GPU), "chrome", "npm's webgpu"],
  ["no sharp", undefined, "auto", around(["webgpu"], GPU), "chrome", "npm's sharp"],
  ["no sign of a GPU", undefined, "auto", around(BOTH, GPU, false), "chrome", "no GPU on"],
  ["Dawn has software alone", undefined, "auto", around(BOTH, undefined), "chrome", "Dawn"],
  ["software is asked for", undefined, "swiftshader", around(BOTH, GPU), "chrome", "--adapter"],
  ["chrome is asked for", "chrome", "auto", around(BOTH, GPU), "chrome", "--runtime chrome"],
  ["node is asked for", "node", "swiftshader", around([], undefined), "node", "--runtime node"],
] as const)("runtime, %s → as it should", async (_, asked, adapter, here, kind, why) => {
  const chosen = await chooseRuntime(asked, adapter, here);
  expect(chosen).toEqual({ kind, why: expect.stringContaining(why) });
});

test("isInstalled: a package that is there, and one that is not", async () => {
  expect(await surroundings.isInstalled("vitest")).toBe(true);
  expect(await surroundings.isInstalled("no-such-package")).toBe(false);
});
