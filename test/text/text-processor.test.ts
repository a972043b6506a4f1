import { describe, expect, test } from "vitest";
import { loadTextProcessor } from "../../src/text/text-processor.ts";
import { goldenSets, loadCases, loadGoldens } from "../../testing/golden.ts";
import { goldenFiles, memorySource } from "./support.ts";

// A second set of a model, with other pixels, has the same tokens.
const sets = new Map(
  goldenSets()
    .filter((set) => !set.golden.endsWith("-pillow.jsonl"))
    .map((set) => [`${set.name}, ${set.cases}`, set]),
).entries();

describe.each([...sets])("%s", (_, set) => {
  const cases = new Map(loadCases(set.cases).map(({ id, messages }) => [id, messages]));
  const source = memorySource(goldenFiles(`models/${set.name}`));

  test.each(loadGoldens(set.golden).map((golden) => [golden.id, golden] as const))(
    "text-processor: golden %s → the reference's text and token ids",
    async (id, golden) => {
      const processor = await loadTextProcessor(source);
      const messages = cases.get(id);
      if (messages === undefined) throw new Error(`no case ${id}`);
      const counts = golden.imageGridThw.map(([t, h, w]) => (t * h * w) / 4);
      const prompt = processor.encode(messages, counts);
      expect(prompt.ids.length).toBe(golden.tokens);
      if (golden.inputIds !== undefined) expect([...prompt.ids]).toEqual(golden.inputIds);
      if (golden.text !== undefined) expect(prompt.text).toBe(golden.text);
      expect(prompt.images.map((image) => image.tokens)).toEqual(counts);
    },
  );
});
