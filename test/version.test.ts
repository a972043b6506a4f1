/** The version that the page and its worker tell each other. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VERSION } from "../src/version.ts";

test.each(["package.json", "cli/package.json"])("VERSION → that of %s", (file) => {
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  expect(VERSION).toBe(version);
});
