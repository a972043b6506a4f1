/**
 * The bytes that a page pays for one name of the library, or for a whole door: bundled from what
 * was built, minified, gzipped. Who imports a pure function must not get the shaders with it.
 */
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildLibrary } from "../../testing/browser/built-library.ts";
import { bundled } from "../../testing/browser/bundled.ts";

let folder: string;
beforeAll(async () => {
  folder = await buildLibrary();
}, 120_000);
afterAll(async () => await rm(folder, { recursive: true }));

/** Each with the most gzipped bytes; without the packages that a door depends on, if any. */
const NAMES = [
  ["vl-reward", "rankValues", 2000],
  ["vl-reward", "isTie", 2000],
  ["vl-reward", "preferenceProbability", 2000],
  ["vl-reward", "fitTemperature", 3000],
  ["vl-reward", "user", 500],
  ["vl-reward", "RewardError", 1500],
  ["vl-reward", "InputError", 1500],
  ["vl-reward", "filesSource", 3000],
  ["vl-reward", "httpSource", 10_000],
  ["preference", "*", 3000],
  ["store", "ModelStore", 18_000],
  ["pairs", "*", 5000],
  ["rows", "*", 11_000],
  ["sealed", "*", 4000],
  ["node", "*", 3500],
  ["explain", "*", 15_000],
  ["evaluate", "*", 25_000],
  ["worker", "WorkerRewardModel", 6000],
  // Templates and tokenizers: a server gets its conversations as they are rendered here.
  ["remote", "RemoteRewardModel", 55_000],
  ["vl-reward", "RewardModel", 75_000],
  ["serve", "*", 75_000],
] as const;

test.each(NAMES)("%s, %s: bundled → at most %i bytes gzipped", async (door, name, most) => {
  const what = name === "*" ? "*" : `{ ${name} }`;
  const { bytes, code } = await bundled(folder, `export ${what} from "./${door}.js";`);
  console.log(`${door}, ${name}: ${bytes.toLocaleString("en-US")} bytes gzipped`);
  expect(bytes).toBeLessThanOrEqual(most);
  expect(bytes).toBeGreaterThan(50);
  // The engine is small because its shaders are; nothing else has one.
  expect(code.includes("@compute")).toBe(name === "RewardModel" || door === "serve");
});

test("doors: each of package.json's → has a size here, or in worker-weight.test.ts", () => {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  const doors = Object.keys(exports)
    .filter((door) => !/\.js(on)?$|^\.\/(browser|weights)\b/.test(door))
    .map((door) => (door === "." ? "vl-reward" : door.slice(2)));
  const measured = new Set<string>([...NAMES.map(([door]) => door), "element"]);
  expect(doors.filter((door) => !measured.has(door))).toEqual([]);
});
