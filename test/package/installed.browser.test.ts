/**
 * Both packages as they are published: packed, installed into an empty project from the tarballs,
 * and used. Packages of the registry come from npm's cache if they are in it.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../testing/golden.ts";
import { packBoth, type Tarballs } from "../../tools/check/packages.ts";
import { repository } from "../../tools/repository.ts";

const DOORS = [
  "vl-reward",
  "vl-reward/preference",
  "vl-reward/store",
  "vl-reward/remote",
  "vl-reward/evaluate",
  "vl-reward/pairs",
  "vl-reward/rows",
  "vl-reward/worker",
  "vl-reward/serve",
  "vl-reward/node",
];

let folder: string;
let tarballs: Tarballs;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-installed-"));
  tarballs = await packBoth(folder);
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Makes an empty project and installs tarballs into it. Returns its folder. */
async function install(name: string, ...files: readonly string[]): Promise<string> {
  const project = path.join(folder, name);
  await mkdir(project);
  await writeFile(path.join(project, "package.json"), '{ "type": "module", "private": true }\n');
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
  call(project, "npm", "install", ...quiet, ...files);
  return project;
}

function call(cwd: string, program: string, ...args: readonly string[]): string {
  // Dawn asks for the Vulkan loader by its bare name: the browser brings one beside its driver.
  const loader = path.dirname(process.env["VK_ICD_FILENAMES"] ?? "");
  return execFileSync(program, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, LD_LIBRARY_PATH: loader },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function installedPackages(project: string): Promise<string[]> {
  const modules = path.join(project, "node_modules");
  const names = (await readdir(modules)).filter((name) => !name.startsWith("."));
  const inScopes = names.map(async (name) =>
    name.startsWith("@")
      ? (await readdir(path.join(modules, name))).map((one) => `${name}/${one}`)
      : [name],
  );
  return (await Promise.all(inScopes)).flat().toSorted();
}

test("vl-reward: installed into an empty project → brings two packages; every door imports", async () => {
  const project = await install("library", tarballs.library);
  expect(await installedPackages(project)).toEqual([
    "@huggingface/tokenizers",
    "@noble/hashes",
    "vl-reward",
  ]);
  const script = `for (const door of ${JSON.stringify(DOORS)}) {
    console.log(door, Object.keys(await import(door)).length > 0);
  }`;
  const lines = call(project, process.execPath, "--input-type=module", "--eval", script);
  expect(lines.trim().split("\n")).toEqual(DOORS.map((door) => `${door} true`));
}, 300_000);

test("vl-reward: installed, in Node with Dawn → scores as the reference", async () => {
  const project = path.join(folder, "library");
  const set = goldenSets().find(({ name }) => name === "qwen3");
  const one = set && (await goldenCases(set, ["text-only"])).at(0);
  if (!one) throw new Error("no golden text-only of qwen3");
  const script = `
    import { openAsBlob } from "node:fs";
    import { readdir } from "node:fs/promises";
    import { RewardModel } from "vl-reward";
    import { create } from ${JSON.stringify(path.join(repository, "node_modules/webgpu/index.js"))};
    const folder = ${JSON.stringify(modelFolder("qwen3"))};
    const names = await readdir(folder);
    const files = await Promise.all(
      names.map(async (name) => new File([await openAsBlob(folder + "/" + name)], name)),
    );
    const model = await RewardModel.fromPretrained(files, { gpu: create([]) });
    const { value } = await model.score(${JSON.stringify(one.conversation)});
    console.log(value);
    process.exit(0);
  `;
  const file = path.join(project, "score.mjs");
  await writeFile(file, script);
  const value = Number(call(project, process.execPath, file));
  expect(Math.abs(value - one.golden.score)).toBeLessThanOrEqual(scoreLimit(one.golden));
}, 300_000);

test("vl-reward-cli: installed beside the library → its program ranks in Chrome, by the embedded model", async () => {
  const project = await install("program", tarballs.library, tarballs.cli);
  const program = path.join(project, "node_modules/.bin/vl-reward");
  expect(call(project, program, "--version").trim()).toMatch(/^\d+\.\d+\.\d+$/);
  const picture = "node_modules/vl-reward/weights/tiny-vl-reward/samples/01-tallest-bar.png";
  const responses = ["No, purple is not the highest.", "Yes, purple is the highest."];
  const lines = call(
    project,
    program,
    "score",
    "--image",
    picture,
    "--prompt",
    "Is purple the highest value?",
    ...responses.flatMap((response) => ["--response", response]),
  );
  expect(lines.split("\n", 1)[0]).toContain(responses[1]);
}, 300_000);

test("vl-reward-cli: in Node, called by npx → says what is missing; with webgpu and sharp, the same score without Chrome", async () => {
  const project = path.join(folder, "program");
  const modules = path.join(project, "node_modules");
  const picture = "node_modules/vl-reward/weights/tiny-vl-reward/samples/01-tallest-bar.png";
  const how = ["--no", "vl-reward", "score", "--runtime", "node", "--adapter", "swiftshader"];
  const prompt = ["--json", "--image", picture, "--prompt", "Is purple the highest value?"];
  const ask = how.concat(prompt, "--response", "Yes, purple is the highest.");
  const missing = spawnSync("npx", ask, { cwd: project, encoding: "utf8" });
  expect([missing.status, missing.stderr]).toEqual([
    1,
    expect.stringMatching(/package webgpu: is not installed.*npm install webgpu/),
  ]);
  // As `npm install webgpu sharp` would, from the packages of this repository.
  for (const name of await readdir(path.join(repository, "node_modules"))) {
    if (!/^(webgpu|sharp|@img|debug|ms|detect-libc|semver|color.*)$/.test(name)) continue;
    const from = path.join(repository, "node_modules", name);
    await symlink(from, path.join(modules, name)).catch(() => {});
  }
  const [line = ""] = call(project, "npx", ...ask).split("\n");
  const { score } = JSON.parse(line) as { score: number };
  // weights/tiny-vl-reward/reference_scores.json, samples, f32
  expect(Math.abs(score - 2.394966)).toBeLessThan(1e-5);
}, 300_000);
