/**
 * Models with heads of every kind in the store: reward.json, tinyjev.json, heads in files of their
 * own, safetensors and pickles. Reopened without the server they give the same bits.
 */
import { createServer } from "node:http";
import type { Server } from "node:http";
import { readdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { fileBelow, serveFile } from "../../../cli/chrome/serve-file.ts";
import { RewardModel } from "../../../src/reward-model.ts";
import { ModelStore } from "../../../src/store/model-store.ts";
import { realmLocks } from "../../../src/store/tabs/locks.ts";
import type { DecideRequest, ScoreInput } from "../../../src/types.ts";
import { linesOf } from "../../../testing/golden-lines.ts";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import { testGpu } from "../../../testing/gpu/gpu.ts";
import { decodePicture } from "../../../testing/picture.ts";
import { memoryDirectory } from "../../../testing/store/memory-directory.ts";
import type { Disk } from "../../../testing/store/memory-directory.ts";

const HEADS = `${GOLDEN_ROOT}heads/`;
const PICKLE = new URL("../../checkpoint/pickles/pages.bin", import.meta.url);

let server: Server;
let root: string;
let requests = 0;
let model: RewardModel | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    void serveFile(request, response, fileOf(request.url ?? ""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

/** `pages-pickle` is the model `pages` with its head as DocReward publishes it. */
function fileOf(url: string): string {
  const [, name, file] = url.split("/");
  if (name !== "pages-pickle") return fileBelow(`${HEADS}models`, url) ?? "";
  if (file === "value_head.safetensors") return "";
  if (file === "value_head.bin") return fileURLToPath(PICKLE);
  return fileBelow(`${HEADS}models`, `/pages/${file ?? ""}`) ?? "";
}

afterAll(() => {
  server.close();
});

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

async function withPictures(value: unknown): Promise<unknown> {
  if (typeof value === "string" && value.startsWith("../../images/")) {
    return await decodePicture(`${HEADS}cases/${value}`);
  }
  if (Array.isArray(value)) return await Promise.all(value.map(withPictures));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, one]) => [key, await withPictures(one)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Returns all that a head says of its first case. */
async function said(loaded: RewardModel, name: string): Promise<unknown> {
  const [first] = linesOf(`${HEADS}cases/${name}.jsonl`);
  const { id: _id, ...given } = first!;
  if (name === "pointer") return (await loaded.decide(given as unknown as DecideRequest)).answers;
  const input = (await withPictures(given)) as ScoreInput;
  const { timesMs: _ms, ...score } = await loaded.score(input, { labelMass: true });
  return { ...score, passes: score.passes?.map(({ outputs }) => outputs) };
}

/** Each kind in one of the forms in turn, and one that has weights of another name in both. */
const kinds = readdirSync(`${HEADS}models`).map((name, i) => ({
  name,
  weights: i % 2 === 0 ? ("stored" as const) : ("q8" as const),
}));

test.each([...kinds, { name: "generated", weights: "q8" as const }])(
  "store: the head of $name, $weights → reopened without the server, the same bits",
  async ({ name, weights }) => {
    const disk: Disk = new Map();
    const locks = realmLocks();
    const open = async (): Promise<RewardModel> =>
      await RewardModel.fromPretrained(`${root}${name}/`, {
        gpu: testGpu(),
        weights,
        store: await ModelStore.open({ directory: memoryDirectory(disk), locks }),
      });
    model = await open();
    const first = await said(model, name);
    if (weights === "q8") expect(await model.keepQuantised()).toBe(true);
    await model.dispose();
    requests = 0;
    model = await open();
    expect(await said(model, name)).toEqual(first);
    expect(requests).toBe(0);
  },
  120_000,
);

test("store: a head in value_head.bin → kept, the same bits as safetensors, without the server too", async () => {
  const disk: Disk = new Map();
  const locks = realmLocks();
  const open = async (name: string): Promise<RewardModel> =>
    await RewardModel.fromPretrained(`${root}${name}/`, {
      gpu: testGpu(),
      store: await ModelStore.open({ directory: memoryDirectory(disk), locks }),
    });
  model = await open("pages");
  const wanted = await said(model, "pages");
  await model.dispose();
  model = await open("pages-pickle");
  expect(await said(model, "pages")).toEqual(wanted);
  await model.dispose();
  requests = 0;
  model = await open("pages-pickle");
  expect(await said(model, "pages")).toEqual(wanted);
  expect(requests).toBe(0);
}, 120_000);
