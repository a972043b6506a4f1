import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadTextProcessor } from "../../src/text/text-processor.ts";
import { goldenSets, loadCases, loadGoldens, modelFolder } from "../../testing/golden.ts";
import { goldenFiles, memorySource } from "./support.ts";

// A second set of a model, with other pixels, has the same tokens.
const sets = new Map(
  goldenSets()
    .filter((set) => !set.golden.endsWith("-pillow.jsonl"))
    .map((set) => [`${set.name}, ${set.cases}`, set]),
).entries();

/** Returns the patches that become one token; 4 for a model without a processor's file. */
function mergedPatches(model: string): number {
  const file = `${modelFolder(model)}/preprocessor_config.json`;
  if (!existsSync(file)) return 4;
  const { merge_size: size = 2 } = JSON.parse(readFileSync(file, "utf8"));
  return size ** 2;
}

describe.each([...sets])("%s", (_, set) => {
  const cases = new Map(loadCases(set.cases).map(({ id, messages }) => [id, messages]));
  const source = memorySource(goldenFiles(`models/${set.name}`));
  const merged = mergedPatches(set.name);

  test.each(loadGoldens(set.golden).map((golden) => [golden.id, golden] as const))(
    "text-processor: golden %s → the reference's text and token ids",
    async (id, golden) => {
      const processor = await loadTextProcessor(source);
      const messages = cases.get(id);
      if (messages === undefined) throw new Error(`no case ${id}`);
      const counts = golden.imageGridThw.map(([t, h, w]) => (t * h * w) / merged);
      const prompt = processor.encode(messages, counts);
      expect(prompt.ids.length).toBe(golden.tokens);
      if (golden.inputIds !== undefined) expect([...prompt.ids]).toEqual(golden.inputIds);
      if (golden.text !== undefined) expect(prompt.text).toBe(golden.text);
      expect(prompt.images.map((image) => image.tokens)).toEqual(counts);
    },
  );
});

test.each([
  ["past the vocabulary", 1_000_000],
  ["of an ordinary token", 65],
])(
  "text-processor: an image_token_id %s → a WeightsError before anything is scored",
  async (_, id) => {
    const source = memorySource(goldenFiles("models/a"));
    await expect(loadTextProcessor(source, undefined, id)).rejects.toThrow(/image_token_id/u);
  },
);
