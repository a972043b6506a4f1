/** The README's program compiles as it is written, and each of its commands is known to a test. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { readmeBlocks, readmeCommands } from "./readme.ts";

test("README: its TypeScript → compiles as a user's strict program", async () => {
  const blocks = readmeBlocks("ts");
  expect(blocks.length).toBeGreaterThan(0);
  const folder = await mkdtemp(path.resolve("test/docs/.readme-"));
  try {
    for (const [i, block] of blocks.entries()) {
      await writeFile(path.join(folder, `block-${i}.ts`), `${block}\nexport {};\n`);
    }
    const compilerOptions = {
      target: "ES2022",
      lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      module: "ESNext",
      moduleResolution: "bundler",
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      types: ["@webgpu/types", "vite/client"],
      paths: { "vl-reward": ["../../../src/index.ts"] },
    };
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    const tsc = path.resolve("node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);

test("README: its commands → those that tests run, and two that are not run inside a test", () => {
  const commands = readmeCommands();
  const cli = commands.filter((command) => command.startsWith("npm run -s cli -- "));
  expect(cli.length).toBeGreaterThan(7);
  const others = commands.filter((command) => !cli.includes(command));
  // `npm start` serves until it is stopped, and `npm test` runs this very test.
  expect(others).toEqual(["npm ci && npm start", "npm ci && npm test", "mkdir -p out"]);
});
