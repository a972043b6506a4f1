// Tested by: test/explain/explain.test.ts
/** What the words do: contrast of two responses, units that are left out, a deletion that flips. */
import { at } from "../base/at.ts";
import { random } from "../statistics/random.ts";
import { differencesOf, replaced } from "./difference.ts";
import { exactShapley, sampledShapley } from "./shapley.ts";
import type { Shapley } from "./shapley.ts";
import { changedMargins, cut, leaveOut, marginOf, sizeOf, strongestFirst } from "./study.ts";
import type { Study } from "./study.ts";
import type { Contrast, Counterfactual, TextUnit } from "./types.ts";
import { without } from "./units.ts";
import type { Span } from "./units.ts";
import type { Variant } from "./variants.ts";

/** Players up to which `auto` enumerates Shapley values: 2⁵ coalitions. */
const AUTO_PLAYERS = 5;
/** Players up to which `shapley` enumerates; more are sampled. */
const EXACT_PLAYERS = 8;
/** Sampled orders stop when the largest standard error is below this share of the margin. */
const SURE = 0.05;
/** Units that a deletion which flips the order may have. */
export const MOST_REMOVED = 8;

/** Swaps each difference of the responses, in both; its effect is the mean change of the margin. */
export async function contrastOf(study: Study, values: readonly number[]): Promise<Contrast[]> {
  const { request, scored, signal } = study;
  const [a, b] = request.responses;
  if (b === undefined) return [];
  const differences = differencesOf(a, b);
  const variants = differences.flatMap((one): Variant[] => {
    const [inA, inB] = [a.slice(one.a.start, one.a.end), b.slice(one.b.start, one.b.end)];
    return [{ response: replaced(a, one.a, inB) }, { response: replaced(b, one.b, inA) }];
  });
  const swapped = await scored.values(variants, signal);
  const [ofA, ofB] = [at(values, 0), at(values, 1)];
  return strongestFirst(
    differences.map((one, i): Contrast => ({
      a: a.slice(one.a.start, one.a.end),
      b: b.slice(one.b.start, one.b.end),
      spans: { a: [one.a.start, one.a.end], b: [one.b.start, one.b.end] },
      effect: (ofA - at(swapped, 2 * i) + at(swapped, 2 * i + 1) - ofB) / 2,
    })),
  );
}

/** Leaves out each unit of the responses; of few units the Shapley values. */
export async function* responseUnits(
  study: Study,
  values: readonly number[],
): AsyncGenerator<TextUnit[]> {
  const { request, scored, options, signal } = study;
  const size = sizeOf(options, request.responses);
  const done: TextUnit[] = [];
  for (const [side, text] of request.responses.entries()) {
    const spans = cut(text, size);
    const sign = side === 0 ? 1 : -1;
    const whole = at(values, side);
    const unit = (i: number, effect: number, standardError: number): TextUnit => {
      const { start, end } = at(spans, i);
      const place = side === 0 ? "a" : "b";
      const left = text.slice(start, end);
      return { in: place, text: left, start, end, effect: sign * effect, standardError };
    };
    const alone = await scored.values(
      spans.map((span) => ({ response: without(text, [span]) })),
      signal,
    );
    const single = spans.map((_, i) => unit(i, whole - at(alone, i), 0));
    yield [...done, ...single];
    const fair = await shapleyOf(study, text, spans, marginOf(values));
    const own = fair
      ? spans.map((_, i) => unit(i, at(fair.values, i), at(fair.standardErrors, i)))
      : single;
    done.push(...own);
    yield [...done];
  }
}

async function shapleyOf(
  { options, scored, signal }: Study,
  text: string,
  spans: readonly Span[],
  margin: number,
): Promise<Shapley | undefined> {
  const { method = "auto", seed = 1 } = options;
  const players = spans.length;
  const isWanted = method === "shapley" || (method === "auto" && players <= AUTO_PLAYERS);
  if (!isWanted || players < 2) return undefined;
  const game = async (coalitions: readonly boolean[][]): Promise<number[]> =>
    await scored.values(
      coalitions.map((present) => ({
        response: without(
          text,
          spans.filter((_, i) => present[i] !== true),
        ),
      })),
      signal,
    );
  if (players <= EXACT_PLAYERS) return await exactShapley(players, game);
  return await sampledShapley(players, game, {
    random: random(seed),
    enough: SURE * Math.abs(margin),
    mostPairs: players,
  });
}

/** Leaves out each unit of the prompt, under both responses. */
export async function promptUnits(study: Study, values: readonly number[]): Promise<TextUnit[]> {
  const { texts } = study.pieces;
  const spans = texts.flatMap(({ text }, index) =>
    cut(text, sizeOf(study.options, [text])).map((span) => ({ ...span, index })),
  );
  const margins = await changedMargins(
    study,
    spans.map((span) => ({
      prompt: new Map([[span.index, without(at(texts, span.index).text, [span])]]),
    })),
  );
  const margin = marginOf(values);
  return spans.map(({ start, end, index }, i): TextUnit => {
    const { text, message, part } = at(texts, index);
    const effect = margin - at(margins, i);
    const left = text.slice(start, end);
    return { in: "prompt", text: left, start, end, message, part, effect, standardError: 0 };
  });
}

/** Looks for the smallest deletion that flips the order: units that carry it, strongest first. */
export async function flippingDeletion(
  study: Study,
  values: readonly number[],
  units: readonly TextUnit[],
): Promise<Counterfactual | null> {
  const margin = marginOf(values);
  if (study.request.responses.length < 2 || margin === 0) return null;
  const sign = Math.sign(margin);
  const marginWithout = async (removed: readonly TextUnit[]): Promise<number> =>
    marginOf(await study.scored.values(leaveOut(study, removed), study.signal));
  const carrying = units
    .filter(({ effect }) => sign * effect > 0)
    .toSorted((x, y) => sign * (y.effect - x.effect));
  let removed: TextUnit[] = [];
  let left = margin;
  for (const unit of carrying.slice(0, MOST_REMOVED)) {
    removed.push(unit);
    left = await marginWithout(removed);
    if (sign * left < 0) break;
  }
  if (sign * left >= 0) return null;
  // What the flip does not need goes back, weakest first.
  for (const unit of removed.toReversed()) {
    if (removed.length === 1) break;
    const fewer = removed.filter((one) => one !== unit);
    const back = await marginWithout(fewer);
    if (sign * back < 0) [removed, left] = [fewer, back];
  }
  return { removed, margin: left };
}
