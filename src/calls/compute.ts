// Tested by: test/golden/heads.gpu.test.ts
/**
 * One call's cases on the GPU.
 *
 *   cases → pictures and prompts → groups with common prefixes → packs → passes → readings
 */
import { at } from "../base/at.ts";
import type { LoadedModel } from "../load/load.ts";
import { runPass } from "../load/pass.ts";
import type { Reading } from "../load/pass.ts";
import type { PictureMemory } from "../load/picture-memory.ts";
import { prepare } from "../load/prepare.ts";
import type { Case, Prepared } from "../load/prepare.ts";
import type { Computed } from "../load/said/computed.ts";
import type { Arena } from "../pass/arena.ts";
import { findEqual, groupByPrefix, splitIntoPasses, tokensOf } from "../pass/group.ts";
import type { PackGroup } from "../pass/pack.ts";
import type { ScoreOptions, StageTimesMs } from "../types.ts";

/** What the pictures of a call, or of `sharePictures`, may take in JavaScript's memory. */
export const PICTURE_BYTES: number = 256 * 2 ** 20;

/** A model on a device, and the buffers of its passes. */
export interface Engine {
  readonly model: LoadedModel;
  readonly arena: Arena;
}

export interface ComputeOptions extends ScoreOptions {
  /** Whether shares of the vocabulary are asked for. */
  readonly isWhole: boolean;
  /** Pictures of earlier calls. */
  readonly kept?: PictureMemory | undefined;
}

/**
 * Computes cases: what each of them needs of the GPU, once for equal ones, in passes with common
 * beginnings.
 */
export async function compute(
  { model, arena }: Engine,
  cases: readonly Case[],
  { isWhole, kept, ...options }: ComputeOptions,
): Promise<{ computed: Computed[][]; tokens: number; timesMs: () => StageTimesMs }> {
  const begin = performance.now();
  const { passTokens, vocabulary } = model;
  const { signal } = options;
  const { prepared, owners, imagesMs, textMs } = await prepare(model, cases, signal, kept);
  const keys = prepared.map(({ key }) => key);
  const firsts = findEqual(prepared.map(identityOf));
  const groups = groupByPrefix(keys, passTokens, [...new Set(firsts)]);
  const lengths = keys.map(({ length }) => length);
  const readings: Reading[] = [];
  let tokens = 0;
  const left = cases.map((_, i) => owners.filter((owner) => owner === i).length);
  let done = 0;
  let gpuMs = 0;
  const passes = splitIntoPasses(groups, lengths, passTokens);
  const isShared = passes.length > 1 && sharesPictures(passes, prepared);
  const memory = kept ?? (isShared ? await pictureMemory() : undefined);
  for (const pass of passes) {
    const started = performance.now();
    const hasStates = options.features === true;
    const request = { prepared, groups: pass, hasStates, memory, signal };
    const { readingOf } = await runPass(model, arena, request);
    gpuMs += performance.now() - started;
    tokens += tokensOf(pass, lengths);
    const members = new Set(pass.flatMap((group) => group.members));
    for (const [i, first] of firsts.entries()) {
      if (!members.has(first)) continue;
      readings[i] = readingOf(first);
      const owner = at(owners, i);
      left[owner] = at(left, owner) - 1;
      if (left[owner] === 0) done += 1;
    }
    options.onProgress?.(done, cases.length);
  }
  const started = performance.now();
  const states = vocabulary ? readings.flatMap((reading) => reading.states.slice(0, 1)) : [];
  const hasSums = isWhole && vocabulary !== undefined && states.length > 0;
  const sums = hasSums ? (await vocabulary.logSums(states, signal)).values() : undefined;
  gpuMs += performance.now() - started;
  const computed: Computed[][] = cases.map(() => []);
  for (const [i, one] of prepared.entries()) {
    const logSum = sums?.next().value;
    at(computed, at(owners, i)).push({ prepared: one, reading: at(readings, i), logSum });
  }
  const timesMs = (): StageTimesMs => {
    const total = performance.now() - begin;
    return { images: imagesMs, text: textMs, gpu: gpuMs, total };
  };
  return { computed, tokens, timesMs };
}

async function pictureMemory(): Promise<PictureMemory> {
  const { PictureMemory: Memory } = await import("../load/picture-memory.ts");
  return new Memory(PICTURE_BYTES);
}

/** Returns what makes two computations the same: the tokens, the head and the labels. */
function identityOf({ key, pass, labels, reads }: Prepared): Uint32Array {
  const ids = labels?.ids ?? [];
  const identity = new Uint32Array(key.length + ids.length + 2);
  identity.set([pass, reads.length, ...ids]);
  identity.set(key, ids.length + 2);
  return identity;
}

/** Returns whether a picture is in more than one pass. */
function sharesPictures(
  passes: readonly (readonly PackGroup[])[],
  prepared: readonly Prepared[],
): boolean {
  const shown = passes.flatMap((pass) => {
    const members = pass.flatMap((group) => group.members);
    return [...new Set(members.flatMap((i) => at(prepared, i).pictures))];
  });
  return new Set(shown).size < shown.length;
}
