/** Packages that may be absent. */
import { expect, test } from "vitest";
import { optionalPackage } from "../../src/node/optional.ts";

test("optionalPackage: there → its exports; missing → how to install it; broken → why", async () => {
  expect(await optionalPackage("x", "an x", async () => ({ x: 1 }))).toEqual({ x: 1 });
  const missing = Object.assign(new Error("Cannot find"), { code: "ERR_MODULE_NOT_FOUND" });
  const load = (error: Error) => optionalPackage("x", "npm's x", () => Promise.reject(error));
  await expect(load(missing)).rejects.toThrow(
    "package x: is not installed: expected npm's x. Run `npm install x`.",
  );
  await expect(load(new Error("wrong ELF class\nmore"))).rejects.toThrow(
    "package x: does not load on this machine: expected npm's x, got Error: wrong ELF class.",
  );
});
