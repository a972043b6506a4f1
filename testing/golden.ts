/**
 * Loads what test/golden holds: models, conversations, the reference's scores and activations, and
 * the limits.
 *
 * A whole-model test is then a loop:
 *
 *   for (const set of goldenSets()) {
 *     for (const { conversation, golden } of await goldenCases(set)) {
 *       const score = await model.score(conversation);
 *       expect(Array.from(score.tokenIds)).toEqual(golden.inputIds);
 *       expect(Math.abs(score.value - golden.score)).toBeLessThanOrEqual(scoreLimit(golden));
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Conversation, Message } from "../src/types.ts";
import { decodePicture } from "./picture.ts";
import { readSafetensors, type FileTensor } from "./checkpoint/safetensors-file.ts";

/** test/golden, with a slash at its end. */
export const GOLDEN_ROOT: string = fileURLToPath(new URL("../test/golden/", import.meta.url));

/** One golden file: a model, its cases, and how the reference resized their pictures. */
export interface GoldenSet {
  readonly name: string;
  readonly family: "qwen2_5_vl" | "qwen2_vl" | "qwen3_vl" | "qwen2" | "qwen3" | "llama";
  readonly cases: string;
  readonly golden: string;
  /**
   * How the reference resized: the engine gets the same setting. Absent for text models.
   */
  readonly resize?: "torchvision" | "pillow";
}

/** The reference's results for one conversation. */
export interface Golden {
  readonly id: string;
  readonly score: number;
  readonly tokens: number;
  /** [height, width] in patches, with a leading 1, of each picture. */
  readonly imageGridThw: readonly (readonly [number, number, number])[];
  /**
   * The templated conversation, with one `<|image_pad|>` for each picture. Absent if trimmed.
   */
  readonly text: string | undefined;
  readonly inputIds: readonly number[] | undefined;
  /** [3][tokens] */
  readonly positionIds: readonly (readonly number[])[] | undefined;
  /** The value head at tokens, [index, value]: all of them, or a sample of a trimmed golden. */
  readonly tokenValues: readonly (readonly [number, number])[];
}

/** A line of a cases file, as written: pictures are paths relative to the file. */
export interface Case {
  readonly id: string;
  readonly messages: readonly Message[];
}

/** A case ready to be scored, with its answer. */
export interface GoldenCase {
  readonly id: string;
  /** Pictures decoded to pixels, with separate alpha. */
  readonly conversation: Conversation;
  readonly golden: Golden;
}

/** The reference's activations of one conversation. */
export interface Trace {
  readonly model: string;
  /** As of the set. */
  readonly resize: GoldenSet["resize"];
  readonly case: Case;
  /** By the oracle's names without the case's id, such as `vision.block.0`. */
  readonly activations: ReadonlyMap<string, FileTensor>;
}

interface Manifest {
  readonly limits: {
    readonly scoreText: { readonly relativeToMaxOneScore: number };
    readonly activations: { readonly normalisedError: number };
  };
  readonly models: readonly GoldenSet[];
  readonly activations: readonly {
    readonly model: string;
    readonly cases: string;
    readonly file: string;
    readonly resize?: "torchvision" | "pillow";
  }[];
}

const manifest: Manifest = JSON.parse(readFileSync(`${GOLDEN_ROOT}manifest.json`, "utf8"));

/** All golden sets, in the manifest's order. */
export function goldenSets(): readonly GoldenSet[] {
  return manifest.models;
}

/** The folder of a golden model. */
export function modelFolder(model: string): string {
  return `${GOLDEN_ROOT}models/${model}`;
}

/** The limit of `toMatchGolden` for activations computed from the reference's own pixels. */
export const ACTIVATION_LIMIT: number = manifest.limits.activations.normalisedError;

/**
 * How far a score may be from its golden: pictures are resized by the reference's own arithmetic,
 * the rest is f32.
 */
export function scoreLimit(golden: Golden): number {
  return tokenValueLimit(golden.score);
}

/** How far the value at a token may be from its golden. */
export function tokenValueLimit(value: number): number {
  return manifest.limits.scoreText.relativeToMaxOneScore * Math.max(1, Math.abs(value));
}

/** The cases of a set with their goldens; `ids` picks some. */
export async function goldenCases(
  set: GoldenSet,
  ids?: readonly string[],
): Promise<readonly GoldenCase[]> {
  const goldens = new Map(loadGoldens(set.golden).map((golden) => [golden.id, golden]));
  const wanted = loadCases(set.cases).filter(({ id }) => ids === undefined || ids.includes(id));
  return Promise.all(
    wanted.map(async ({ id, messages }) => {
      const golden = goldens.get(id);
      if (golden === undefined) throw new Error(`${set.golden}: has no line "${id}"`);
      return { id, conversation: await withPixels(messages, GOLDEN_ROOT), golden };
    }),
  );
}

/** The lines of a cases file of test/golden. */
export function loadCases(file: string): readonly Case[] {
  return readJsonl<Case>(`${GOLDEN_ROOT}${file}`);
}

/** The lines of a golden file of test/golden. */
export function loadGoldens(file: string): readonly Golden[] {
  return readJsonl<GoldenLine>(`${GOLDEN_ROOT}${file}`).map(goldenOf);
}

/** Every traced conversation with its activations. */
export function loadTraces(): readonly Trace[] {
  return manifest.activations.flatMap(({ model, cases, file, resize }) => {
    const tensors = readSafetensors(`${GOLDEN_ROOT}${file}`);
    return loadCases(cases).map((traced) => {
      const prefix = `${traced.id}/`;
      const own = [...tensors].filter(([name]) => name.startsWith(prefix));
      const named = own.map(([name, tensor]) => [name.slice(prefix.length), tensor] as const);
      return { model, resize, case: traced, activations: new Map(named) };
    });
  });
}

/** The messages with each picture's path, relative to `root`, replaced by its pixels. */
export async function withPixels(
  messages: readonly Message[],
  root: string,
): Promise<Conversation> {
  return Promise.all(
    messages.map(async (message) => {
      if (typeof message.content === "string") return message;
      const parts = message.content.map(async (part) => {
        if (part.type === "text") return part;
        if (typeof part.image !== "string") throw new Error("withPixels: wants paths of pictures");
        return { ...part, image: await decodePicture(`${root}${part.image}`) };
      });
      return { ...message, content: await Promise.all(parts) };
    }),
  );
}

interface GoldenLine {
  readonly id: string;
  readonly score: number;
  readonly text?: string;
  readonly input_ids?: readonly number[];
  readonly image_grid_thw: readonly (readonly [number, number, number])[];
  readonly position_ids?: readonly (readonly number[])[];
  readonly token_values?: readonly number[];
  readonly tokens?: number;
  readonly token_values_at?: readonly (readonly [number, number])[];
}

function goldenOf(line: GoldenLine): Golden {
  const tokenValues =
    line.token_values_at ?? line.token_values?.map((value, index) => [index, value] as const);
  const tokens = line.tokens ?? line.input_ids?.length;
  if (tokenValues === undefined || tokens === undefined) {
    throw new Error(`golden "${line.id}": has no token values`);
  }
  return {
    id: line.id,
    score: line.score,
    tokens,
    imageGridThw: line.image_grid_thw,
    text: line.text,
    inputIds: line.input_ids,
    positionIds: line.position_ids,
    tokenValues,
  };
}

// The files are our own, made by make.sh: their form is not checked.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
function readJsonl<Line>(path: string): Line[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line): Line => JSON.parse(line));
}
