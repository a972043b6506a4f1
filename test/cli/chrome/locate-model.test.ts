/**
 * Folders that --model names: the root of a hub cache is its snapshot; and the budget that a judge
 * has.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { locateModel } from "../../../cli/chrome/locate-model.ts";
import { judgeOf } from "../../../cli/output/evaluation-files.ts";
import type { EngineArguments } from "../../../cli/arguments.ts";
import { modelFolder } from "../../../testing/golden.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "vl-reward-locate-"));
});
afterAll(() => rm(root, { recursive: true }));

test("locate-model: the root of a hub cache → the snapshot of its main branch", async () => {
  const cache = path.join(root, "models--example--rm");
  const snapshot = path.join(cache, "snapshots/0123abcd");
  await mkdir(path.join(cache, "refs"), { recursive: true });
  await mkdir(snapshot, { recursive: true });
  await writeFile(path.join(cache, "refs/main"), "0123abcd\n");
  await writeFile(path.join(snapshot, "config.json"), "{}");
  expect((await locateModel(cache)).folder).toBe(snapshot);
  await writeFile(path.join(cache, "refs/main"), "../../..");
  expect((await locateModel(cache)).folder).toBe(cache);
});

test("judge: processor_config.json alone → its pixel budget; a text model → none", async () => {
  const folder = path.join(root, "saved-by-5");
  await cp(modelFolder("b"), folder, { recursive: true });
  await rm(path.join(folder, "preprocessor_config.json"));
  const image = { size: { shortest_edge: 3136, longest_edge: 200_704 } };
  const processor = JSON.stringify({ image_processor: image });
  await writeFile(path.join(folder, "processor_config.json"), processor);
  const of = async (model: string) =>
    await judgeOf({ model, weights: "stored" } as EngineArguments, undefined);
  expect(await of(folder)).toMatchObject({ minPixels: 3136, maxPixels: 200_704 });
  expect((await of(modelFolder("qwen3"))).maxPixels).toBeUndefined();
});
