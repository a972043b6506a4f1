import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readPositions } from "../../src/model/heads/read-position.ts";
import {
  GOLDEN_ROOT,
  goldenCases,
  goldenSets,
  loadCases,
  loadGoldens,
  loadTraces,
  modelFolder,
  scoreLimit,
} from "../../testing/golden.ts";
import { decodePicture, overWhite } from "../../testing/picture.ts";
import { readSafetensors } from "../../testing/checkpoint/safetensors-file.ts";

interface Seen {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

const pictures: Record<string, Seen> = JSON.parse(
  readFileSync(`${GOLDEN_ROOT}pictures.json`, "utf8"),
);

describe("picture", () => {
  test.each(Object.entries(pictures))("picture: %s → Pillow's pixels", async (file, wanted) => {
    const seen = overWhite(await decodePicture(`${GOLDEN_ROOT}images/${file}`));
    expect([seen.width, seen.height]).toEqual([wanted.width, wanted.height]);
    const rgb = seen.data.filter((_, index) => index % 4 !== 3);
    expect(createHash("sha256").update(rgb).digest("hex")).toBe(wanted.sha256);
  });

  test("picture: alpha.png → alpha stays separate until it is drawn over white", async () => {
    const picture = await decodePicture(`${GOLDEN_ROOT}images/alpha.png`);
    expect(picture.data[3]).toBe(0);
    expect(overWhite(picture).data.slice(0, 4)).toEqual(Uint8ClampedArray.of(255, 255, 255, 255));
  });
});

describe("golden", () => {
  test.each(goldenSets())("golden: $golden → a line for each case, whole", async (set) => {
    const config = `${modelFolder(set.name)}/config.json`;
    expect(existsSync(config)).toBe(true);
    const read = { at: set.resize === undefined ? "unpadded" : "last" } as const;
    const none = { markerId: undefined, separators: [] };
    const padTokenId = JSON.parse(readFileSync(config, "utf8")).pad_token_id ?? undefined;
    const goldens = loadGoldens(set.golden);
    expect(goldens.map(({ id }) => id)).toEqual(loadCases(set.cases).map(({ id }) => id));
    for (const golden of goldens) {
      expect(golden.tokenValues.at(-1)?.[0]).toBe(golden.tokens - 1);
      const scored = golden.inputIds
        ? readPositions(read, { ids: Uint32Array.from(golden.inputIds), padTokenId, ...none })[0]
        : golden.tokens - 1;
      const value = golden.tokenValues.find(([token]) => token === scored)?.[1];
      expect(Math.abs((value ?? NaN) - golden.score)).toBeLessThan(1e-6);
      expect(golden.inputIds?.length ?? golden.tokens).toBe(golden.tokens);
      expect(golden.positionIds?.length ?? 3).toBe(3);
      expect(scoreLimit(golden)).toBeLessThanOrEqual(2e-3);
    }
  });

  test("golden: the lengths at the edges of tiles are there", () => {
    const lengths = loadGoldens("golden-bare.jsonl").map(({ tokens }) => tokens);
    expect(lengths).toEqual([1, 2, 31, 32, 33, 63, 64, 65, 1000, 16384]);
  });

  test("golden: cases requested by id → those, with pixels in place of paths", async () => {
    const set = goldenSets().find(({ name }) => name === "c");
    const [only, ...others] = set === undefined ? [] : await goldenCases(set, ["wide"]);
    expect(others).toEqual([]);
    const content = only?.conversation[0]?.content;
    expect(content).toMatchObject([{ image: { width: 301, height: 97 } }, { type: "text" }]);
  });

  test("golden: traces → the decoder's norm at the last token gives the golden score", () => {
    const traces = loadTraces();
    expect(traces.map(({ model, case: { id } }) => `${model}/${id}`)).toEqual([
      "a/strip",
      "a/two-images",
      "a/text-only",
      "c/wide",
      "qwen3/text-only",
      "q3vl/small",
      "q3vl/text-only",
      "q3vl-odd/small",
      "q2vl/small",
      "q2vl/text-only",
      "q2vl-odd/small",
    ]);
    for (const { model, case: traced, activations } of traces) {
      const norm = activations.get("decoder.norm");
      const [tokens, hidden] = norm?.shape ?? [];
      const score = headOf(model, norm?.values.slice(-(hidden ?? 0)) ?? new Float32Array());
      const golden = loadGoldens(`golden-${model}.jsonl`).find(({ id }) => id === traced.id);
      expect(tokens).toBe(golden?.tokens);
      expect(Math.abs(score - (golden?.score ?? NaN))).toBeLessThan(1e-5);
    }
  });
});

/** The value head or the classifier of a golden model, in double precision. */
function headOf(model: string, hidden: Float32Array): number {
  const valueHead = `${modelFolder(model)}/value_head.safetensors`;
  const file = existsSync(valueHead) ? valueHead : `${modelFolder(model)}/model.safetensors`;
  const tensors = readSafetensors(file);
  const weight = tensors.get("v_head.summary.weight") ?? tensors.get("score.weight");
  const bias = tensors.get("v_head.summary.bias")?.values[0] ?? 0;
  return hidden.reduce((sum, value, i) => sum + value * (weight?.values[i] ?? NaN), bias);
}
