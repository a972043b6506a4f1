/**
 * Pictures resized by the GPU or by the CPU: the same scores to the bit, whichever it is and
 * however much room there is.
 */
import { casesOf, plainPreparation } from "../../testing/preparation.ts";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { parsePreprocessorConfig } from "../../src/image/config.ts";
import { parseConfig } from "../../src/model/config.ts";
import { prepare } from "../../src/load/prepare.ts";
import { RewardModel } from "../../src/reward-model.ts";
import { loadTextProcessor } from "../../src/text/text-processor.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation } from "../../src/types.ts";
import { readJson } from "../../src/files/text-file.ts";
import { GOLDEN_ROOT, modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { decodePicture } from "../../testing/picture.ts";
import type { Picture } from "../../testing/picture.ts";

/** Decodes each file once: the same object is the same picture. */
const known = new Map<string, Promise<Picture>>();
async function pictureOf(file: string): Promise<Picture> {
  const picture = known.get(file) ?? decodePicture(`${GOLDEN_ROOT}images/${file}`);
  known.set(file, picture);
  return await picture;
}

async function asked(...files: string[]): Promise<Conversation> {
  const pictures = await Promise.all(files.map(pictureOf));
  return [
    {
      role: "user",
      content: [
        ...pictures.map((image) => ({ type: "image" as const, image })),
        { type: "text", text: "What is shown?" },
      ],
    },
    { role: "assistant", content: "Shapes." },
  ];
}

async function values(
  conversations: readonly Conversation[],
  options: LoadOptions,
): Promise<number[]> {
  await using model = await RewardModel.fromPretrained(fileSystemSource(modelFolder("c")), {
    gpu: testGpu(),
    ...options,
  });
  const scores = await model.score(conversations);
  return scores.flatMap(({ tokenValues }) => [...tokenValues]);
}

test("resize: every golden picture on the GPU → the values of the CPU's to the bit", async () => {
  const files = readdirSync(`${GOLDEN_ROOT}images`);
  const conversations = await Promise.all(files.map(async (file) => await asked(file)));
  const byGpu = await values(conversations, { resizeOn: "gpu" });
  const byCpu = await values(conversations, { resizeOn: "cpu" });
  expect(byGpu.length).toBeGreaterThan(1000);
  expect(byGpu).toEqual(byCpu);
}, 300_000);

test("resize: an unknown place → InputError", async () => {
  const options = { resizeOn: "npu" } as unknown as LoadOptions;
  await expect(values([], options)).rejects.toThrow(InputError);
  await expect(values([], options)).rejects.toThrow('resizeOn: expected cpu or gpu, got "npu".');
});

/**
 * Returns the sides of each conversation's pictures as a pass gets them, under a limit for the
 * bytes of decoded pictures.
 */
async function preparedSides(
  conversations: readonly Conversation[],
  decodedBytes: number,
): Promise<string[]> {
  const source = fileSystemSource(modelFolder("c"));
  const config = await parseConfig(await readJson(source, "config.json"));
  const image = parsePreprocessorConfig(await readJson(source, "preprocessor_config.json"));
  const text = await loadTextProcessor(source, undefined, config.imageTokenId ?? null);
  const { prepared } = await prepare(
    plainPreparation({ config, image, text, decodedBytes }),
    casesOf(conversations),
  );
  return prepared.map(({ pictures }) =>
    pictures.map(({ pixels }) => `${pixels.width}×${pixels.height}`).join(" "),
  );
}

/** The bytes of odd.png when decoded, 197 × 143, and of small.png, 20 × 20, at 56 pixels wide. */
const ODD_BYTES = 197 * 143 * 4;
const SMALL_BYTES = 20 * 56 * 4;

test.each([
  ["none", 0, "196×140", "308×84", "56×56"],
  ["one picture, however often it is shown", ODD_BYTES, "197×143", "308×84", "56×56"],
  ["two, but not when one is wider", ODD_BYTES + SMALL_BYTES - 1, "197×143", "308×84", "56×56"],
  ["two", ODD_BYTES + SMALL_BYTES, "197×143", "308×84", "20×20"],
  ["all", 1e6, "197×143", "301×97", "20×20"],
])("prepare: room for %s → as decoded, the others resized", async (_, room, odd, wide, small) => {
  const conversations = [
    await asked("odd.png"),
    await asked("odd.png", "wide.png"),
    await asked("small.png"),
  ];
  expect(await preparedSides(conversations, room)).toEqual([odd, `${odd} ${wide}`, small]);
});
