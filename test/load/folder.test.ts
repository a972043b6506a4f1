import { expect, test } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import { openFolder } from "../../src/load/folder.ts";
import { loadModel } from "../../src/load/load.ts";
import type { Source } from "../../src/files/source.ts";
import { modelFolder } from "../../testing/golden.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

const FILES = [
  "reward.json",
  "head.safetensors",
  "adapter_config.json",
  "chat_template.jinja",
  "chat_template.json",
  "config.json",
  "model.safetensors",
  "modules.json",
  "preprocessor_config.json",
  "processor_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "value_head.safetensors",
];

/**
 * Returns a folder that answers only when all of its files were requested, like a slow server that
 * gets all requests together.
 */
function answersLast(source: Source): Source {
  const missing = new Set(FILES);
  let answer: () => void = () => {};
  const allAsked = new Promise<void>((resolve) => (answer = resolve));
  return {
    name: source.name,
    async open(path, signal) {
      missing.delete(path);
      if (missing.size === 0) answer();
      await allAsked;
      return await source.open(path, signal);
    },
  };
}

test("folder: no answer before all files are asked for → opened, for no file waits for another", async () => {
  const folder = await openFolder(answersLast(fileSystemSource(modelFolder("a"))), {});
  expect(folder.config.vision).toBeDefined();
  expect(folder.checkpoint.tensors.size).toBeGreaterThan(0);
});

test("folder: there is no adapter → UnsupportedError, and the open requests are aborted", async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const silent: Source = {
    name: "silent",
    open: (_, signal) =>
      new Promise((_resolve, reject) => {
        signals.push(signal);
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      }),
  };
  const gpu = { requestAdapter: async () => null } as unknown as GPU;
  await expect(loadModel(silent, { gpu })).rejects.toThrow(UnsupportedError);
  expect(signals.length).toBe(FILES.length);
  expect(signals.every((signal) => signal?.aborted)).toBe(true);
});
