// Tested by: test/explain/explain.test.ts
/** What the steps of an explanation share: the request, its scores, and how margins are taken. */
import { at } from "../base/at.ts";
import { decodeImage } from "../image/decode/decode.ts";
import type { ImageInput, RawPixels } from "../types.ts";
import type { ExplainOptions, ExplainRequest, ExplainScores, TextUnit } from "./types.ts";
import { sizeFor, unitsOf, without } from "./units.ts";
import type { Span, UnitSize } from "./units.ts";
import type { Pieces, Scored, Variant } from "./variants.ts";

/** Units that a text is cut into at least, if it has as many words. */
const WANTED_UNITS = 5;
/** More units than this are joined with their neighbours: each costs a score. */
const MOST_UNITS = 48;

/** One run over a request. */
export interface Study {
  readonly request: ExplainRequest;
  readonly options: ExplainOptions;
  readonly scores: ExplainScores;
  readonly scored: Scored;
  readonly pieces: Pieces;
  readonly notes: Set<string>;
  readonly signal: AbortSignal | undefined;
}

/** Returns the score of a minus the score of b; of a single response its score. */
export function marginOf(values: readonly number[]): number {
  return values.length < 2 ? at(values, 0) : at(values, 0) - at(values, 1);
}

/** Returns the margins of lists of values that follow each other, one list for each variant. */
export function marginsIn(values: readonly number[], sides: number): number[] {
  return Array.from({ length: values.length / sides }, (_, i) =>
    marginOf(values.slice(i * sides, (i + 1) * sides)),
  );
}

/** Scores changes of the prompt or its pictures under each response; returns the margins. */
export async function changedMargins(
  { request, scored, signal }: Study,
  changes: readonly Omit<Variant, "response">[],
): Promise<number[]> {
  const variants = changes.flatMap((change) =>
    request.responses.map((response) => ({ ...change, response })),
  );
  return marginsIn(await scored.values(variants, signal), request.responses.length);
}

/** Returns how a text is cut: as asked, else so that there are enough units. */
export function sizeOf({ units = "auto" }: ExplainOptions, texts: readonly string[]): UnitSize {
  return units === "auto" ? sizeFor(texts, WANTED_UNITS) : units;
}

/** Cuts a text; too many units are joined with their neighbours. */
export function cut(text: string, size: UnitSize): Span[] {
  let units = unitsOf(text, size);
  while (units.length > MOST_UNITS) units = joinPairs(units);
  return units;
}

/** Returns the conversations without units of the responses and of the prompt. */
export function leaveOut(
  { request, pieces: { texts } }: Study,
  removed: readonly TextUnit[],
): Variant[] {
  const prompt = new Map<number, string>();
  for (const [index, { text, message, part }] of texts.entries()) {
    const own = removed.filter(
      (unit) => unit.in === "prompt" && unit.message === message && unit.part === part,
    );
    if (own.length > 0) prompt.set(index, without(text, own));
  }
  return request.responses.map((text, side) => {
    const own = removed.filter((unit) => unit.in === (side === 0 ? "a" : "b"));
    return { response: without(text, own), ...(prompt.size > 0 && { prompt }) };
  });
}

/** Decodes a picture as the scorer does. */
export async function decodeFor(
  { options, scores, signal }: Study,
  image: ImageInput,
): Promise<RawPixels> {
  if (options.decode) return await options.decode(image, signal);
  if (scores.decode) return await scores.decode(image, signal);
  return await decodeImage(image, signal);
}

export function strongestFirst<T extends { readonly effect: number }>(list: readonly T[]): T[] {
  return list.toSorted((x, y) => Math.abs(y.effect) - Math.abs(x.effect));
}

function joinPairs(units: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (let i = 0; i < units.length; i += 2) {
    const first = at(units, i);
    joined.push({ start: first.start, end: (units[i + 1] ?? first).end });
  }
  return joined;
}
