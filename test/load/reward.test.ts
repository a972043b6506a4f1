/** Which record a folder has: its own, a published one, or the one that it implies. */
import { expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { checkMarker } from "../../src/load/reward.ts";
import { openFolder } from "../../src/load/folder.ts";
import { onePass } from "../../src/model/heads/head.ts";
import {
  changedFolder,
  changedJson,
  storedTensors,
  tensorsFile,
} from "../../testing/checkpoint/folder-fixture.ts";
import type { Source } from "../../src/files/source.ts";

function qwen3With(
  files: Readonly<Record<string, string>>,
  change: (json: Record<string, unknown>) => void = () => {},
): Source {
  const tensors = storedTensors("qwen3", "model.safetensors");
  tensors.delete("score.weight");
  const config = changedJson("qwen3", "config.json", (json) => {
    json["architectures"] = ["Qwen3ForCausalLM"];
    change(json);
  });
  return changedFolder("qwen3", {
    "config.json": config,
    "model.safetensors": tensorsFile(tensors),
    ...files,
  });
}

test("record: a model without a reward → any question by its labels", async () => {
  const { reward } = await openFolder(qwen3With({}), {});
  expect(reward).toMatchObject({
    isGenerative: true,
    passes: [{ head: { labels: ["yes", "no"] } }],
  });
});

test("record: classifier_from_token [no, yes] → yes first", async () => {
  const { reward } = await openFolder(
    qwen3With({}, (json) => (json["classifier_from_token"] = ["no", "yes"])),
    {},
  );
  expect(reward).toMatchObject({
    isGenerative: false,
    passes: [{ head: { labels: ["yes", "no"] }, prompt: { generationPrompt: true } }],
    output: { kind: "sigmoid" },
  });
});

test("record: another method of vLLM → WeightsError", async () => {
  const folder = qwen3With({}, (json) => {
    json["classifier_from_token"] = ["no", "yes"];
    json["method"] = "no_post_processing";
  });
  await expect(openFolder(folder, {})).rejects.toThrow(/classifier_from_token.*no_post_processing/);
});

test("record: reward.json → counts before what the folder implies", async () => {
  const json = { head: { kind: "labels", labels: ["A", "B"] } };
  const { reward } = await openFolder(qwen3With({ "reward.json": JSON.stringify(json) }), {});
  expect(reward.passes[0]?.head).toEqual(json.head);
  const given = await openFolder(qwen3With({ "reward.json": "{}" }), { reward: json });
  expect(given.reward.passes[0]?.head).toEqual(json.head);
});

test("record: a key twice, or no JSON → WeightsError with the file", async () => {
  for (const text of ['{"head": 1, "head": 2}', "{"]) {
    const opening = openFolder(qwen3With({ "reward.json": text }), {});
    await expect(opening).rejects.toThrow(WeightsError);
    await expect(opening).rejects.toThrow(/reward\.json/);
  }
});

test("marker: a tokenizer that lacks it → a table of exactly one row more than its id", () => {
  const record = onePass(
    { kind: "mlp", layers: [{ name: "a" }] },
    {},
    {
      origin: "test",
      read: { at: "token", token: "<|Reward|>" },
    },
  );
  expect(() => checkMarker(1030, 1031, record, "folder")).not.toThrow();
  expect(() => checkMarker(undefined, 1152, record, "folder")).not.toThrow();
  expect(() => checkMarker(1030, 1152, record, "folder")).toThrow(/1031 rows.*1152 rows/);
  expect(() => checkMarker(1030, 1030, record, "folder")).toThrow(WeightsError);
});
