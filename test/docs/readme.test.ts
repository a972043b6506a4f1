/** Each command of the README is one that readme.browser.test.ts runs, or that no test can run. */
import { expect, test } from "vitest";
import { commands } from "../../cli/main.ts";
import { notRun, readmeCommands } from "./readme.ts";

test("README: its commands → every command of the tool is shown, none is left untested", () => {
  const shown = readmeCommands().filter((command) => !notRun.test(command));
  const calls = shown.flatMap((command) => /^npm run -s cli -- (\S+)/.exec(command)?.[1] ?? []);
  for (const name of commands.keys()) expect(calls).toContain(name);
  const others = shown.filter((command) => !command.startsWith("npm run -s cli -- "));
  expect(others).toEqual(["mkdir -p out"]);
});
