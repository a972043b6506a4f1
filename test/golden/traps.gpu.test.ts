/**
 * Mistakes that give another plausible number, each shown to give another one. Those of the towers'
 * steps are in test/model/families/towers.test.ts; 1-D positions, the order of labels and prompts
 * without a system text are in the goldens of heads.gpu.test.ts.
 */
import { expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Source } from "../../src/files/source.ts";
import {
  changedFolder,
  changedJson,
  storedTensors,
  tensorsFile,
} from "../../testing/checkpoint/folder-fixture.ts";
import { goldenCases, goldenSets, scoreLimit } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";

const load = (source: Source): Promise<RewardModel> =>
  RewardModel.fromPretrained(source, { gpu: testGpu() });

type Json = Record<string, unknown>;
const within = (json: Json, name: string): Json => (json[name] ?? {}) as Json;

test.each([
  ["q2vl", (json: Json): void => void (json["rope_theta"] = 1e4)],
  ["q3vl", (json: Json): void => void (within(json, "text_config")["rope_theta"] = 1e4)],
] as const)(
  "theta of %s: another in config.json → another score",
  async (name, change) => {
    const set = goldenSets().find((own) => own.name === name)!;
    const [one] = await goldenCases(set, ["text-only"]);
    const { conversation, golden } = one!;
    const config = changedJson(name, "config.json", change);
    await using model = await load(changedFolder(name, { "config.json": config }));
    const { value } = await model.score(conversation);
    expect(Math.abs(value - golden.score)).toBeGreaterThan(10 * scoreLimit(golden));
  },
  120_000,
);

test("marker: an embedding table with one row more than id + 1 → refused when it is loaded", async () => {
  const name = "../heads/models/generated";
  const file = "Judge.safetensors";
  const tensors = storedTensors(name, file);
  const [key, table] = [...tensors].find(([own]) => own.endsWith("embed_tokens.weight"))!;
  const [rows = 0, columns = 0] = table.shape;
  const more = (extra: number): Source => {
    const bytes = Buffer.concat([table.bytes, Buffer.alloc(extra * 2 * columns)]);
    const grown = { ...table, shape: [rows + extra, columns], bytes };
    return changedFolder(name, { [file]: tensorsFile(new Map([...tensors, [key, grown]])) });
  };
  await (await load(more(0))).dispose();
  await expect(load(more(1))).rejects.toThrow(WeightsError);
  await expect(load(more(1))).rejects.toThrow(
    `the tokenizer lacks <|Reward|>, and the embedding table does not end with it: expected ${rows} rows`,
  );
}, 120_000);
