// Tested by: test/explain/explain.test.ts
/** Runs the truth test on what was found: removals, random heads, another cut into units. */
import { at } from "../base/at.ts";
import { spearman } from "../statistics/correlation.ts";
import { random } from "../statistics/random.ts";
import { leaveOut, marginOf, marginsIn } from "./study.ts";
import type { Study } from "./study.ts";
import { NOT_TESTED, RANDOM_HEADS, testTruth } from "./truth.ts";
import type { Truth } from "./truth.ts";
import type { TextUnit } from "./types.ts";

/** Tests the units of the texts. */
export async function verified(
  study: Study,
  values: readonly number[],
  units: readonly TextUnit[],
): Promise<Truth> {
  const margin = marginOf(values);
  const sign = margin < 0 && study.request.responses.length > 1 ? -1 : 1;
  if (units.length < 2) return NOT_TESTED;
  const heads = await randomHeads(study);
  const tested = await testTruth(
    units.map(({ effect, text }) => ({ support: sign * effect, size: text.length })),
    sign * margin,
    async (removals) => {
      const margins = await marginsWithout(
        study,
        removals.map((removed) => removed.map((i) => at(units, i))),
      );
      return margins.map((one) => sign * one);
    },
    random(study.options.seed ?? 1),
    heads,
  );
  return { ...tested, stability: await stability(study, units, margin) };
}

async function marginsWithout(
  study: Study,
  removals: readonly (readonly TextUnit[])[],
): Promise<number[]> {
  const variants = removals.flatMap((removed) => leaveOut(study, removed));
  const values = await study.scored.values(variants, study.signal);
  return marginsIn(values, study.request.responses.length);
}

async function randomHeads({
  request,
  pieces,
  scores,
  options: { seed = 1 },
  signal,
}: Study): Promise<readonly number[] | undefined> {
  const [a, b] = request.responses.map((response) => pieces.conversation({ response }));
  if (a === undefined || b === undefined) return undefined;
  return await scores.randomHeads?.([a, b], RANDOM_HEADS, { seed, signal });
}

/**
 * Compares the units with pairs of neighbours: the correlation of what a pair does with the sum of
 * what its two units do.
 */
async function stability(
  study: Study,
  units: readonly TextUnit[],
  margin: number,
): Promise<number | null> {
  const pairs = units.flatMap((unit, i): [TextUnit, TextUnit][] => {
    const next = units[i + 1];
    const isNear =
      next !== undefined &&
      next.in === unit.in &&
      next.message === unit.message &&
      next.part === unit.part;
    return isNear ? [[unit, next]] : [];
  });
  if (pairs.length < 3) return null;
  const margins = await marginsWithout(study, pairs);
  const rho = spearman(
    pairs.map(([first, second]) => first.effect + second.effect),
    margins.map((one) => margin - one),
  );
  return Number.isFinite(rho) ? rho : null;
}
