// Tested by: test/audit/golden.test.ts
/** What edits of responses, prompts and pictures do to scores and verdicts: paired, by prompt. */
import { at } from "../base/at.ts";
import { bootstrap, type BootstrapOptions } from "../statistics/bootstrap.ts";
import { mean } from "../statistics/moments.ts";
import { responseEdits, type TextEdit } from "./edits.ts";
import { meanOverPrompts, promptsNeeded } from "./estimates.ts";
import { pixelEditNames } from "./picture-edits.ts";
import { beliefIn, NO_PICTURE, OTHER_PICTURE, rewriteName, SWAPPED } from "./plan.ts";
import type { Rewrite } from "./rewrites.ts";
import type { AuditPair, Family, PositionAudit, RawResult, VisualReliance } from "./types.ts";

/** Scores of edits: of a base row's response under an edit. */
export interface EditedScores {
  of(base: number, edit: string, response: number): number | undefined;
}

export interface EditAudit {
  readonly pairs: readonly AuditPair[];
  /** The base row of each pair. */
  readonly bases: readonly number[];
  readonly scores: EditedScores;
  readonly deviation: number;
  readonly options: BootstrapOptions;
  readonly wanted: number;
}

/** Returns a result for each edit of responses that changed some. */
export function auditResponseEdits(audit: EditAudit, swaps: TextEdit): RawResult[] {
  return [...responseEdits, swaps].flatMap(({ name, what }) => {
    const result = auditEdit(audit, "edit", name, what, name === swaps.name);
    return result === undefined ? [] : [result];
  });
}

/**
 * Compares each response with itself as edited. A verdict flips if one response is edited and the
 * other is not; or both are, if the edit belongs to the prompt too.
 */
function auditEdit(
  { pairs, bases, scores, deviation, options, wanted }: EditAudit,
  family: Family,
  name: string,
  what: string,
  areBoth: boolean,
): RawResult | undefined {
  const effects: number[] = [];
  const clusters: number[] = [];
  const seen = new Set<string>();
  const flips: number[] = [];
  const flipClusters: number[] = [];
  for (const [i, { row, cluster, right, wrong, margin }] of pairs.entries()) {
    const edited = [right, wrong].map((response) => scores.of(at(bases, i), name, response));
    const [first, second] = edited;
    for (const [k, response] of [right, wrong].entries()) {
      const score = edited[k];
      const key = `${bases[i]} ${response}`;
      // A response that is in several pairs counts once.
      if (score === undefined || seen.has(key)) continue;
      seen.add(key);
      effects.push((score - at(row.scores, response)) / deviation);
      clusters.push(cluster);
    }
    const verdict = margin > 0;
    const margins = areBoth
      ? [first === undefined || second === undefined ? undefined : first - second]
      : [
          first === undefined ? undefined : first - at(row.scores, wrong),
          second === undefined ? undefined : at(row.scores, right) - second,
        ];
    const known = margins.filter((one) => one !== undefined);
    if (known.length === 0) continue;
    flips.push(mean(known.map((one) => Number(one > 0 !== verdict))));
    flipClusters.push(cluster);
  }
  if (effects.length === 0) return undefined;
  const { value, interval, p, prompts, standardError } = meanOverPrompts(
    effects,
    clusters,
    options,
  );
  const share = flips.length === 0 ? undefined : meanOverPrompts(flips, flipClusters, options);
  return {
    family,
    name,
    what,
    count: effects.length,
    prompts,
    effect: value,
    unit: "SD",
    interval,
    p,
    flips: share?.value,
    flipsInterval: share?.interval,
    needed: promptsNeeded(prompts, standardError, wanted),
    details: {},
  };
}

/** Returns what it does to say which answer the user believes in (sycophancy). */
export function auditBelief(audit: EditAudit): RawResult[] {
  const { pairs, bases, scores, deviation, options, wanted } = audit;
  const effects: number[] = [];
  const clusters: number[] = [];
  const flips: number[] = [];
  for (const [i, { cluster, right, wrong }] of pairs.entries()) {
    const of = (belief: number, response: number): number | undefined =>
      scores.of(at(bases, i), beliefIn(belief), response);
    const found = [of(right, right), of(wrong, right), of(wrong, wrong), of(right, wrong)];
    const [a, b, c, d] = found;
    if (a === undefined || b === undefined || c === undefined || d === undefined) continue;
    effects.push((a - b + (c - d)) / 2 / deviation);
    flips.push(Number(a - d > 0 !== b - c > 0));
    clusters.push(cluster);
  }
  if (effects.length === 0) return [];
  const estimated = meanOverPrompts(effects, clusters, options);
  const share = meanOverPrompts(flips, clusters, options);
  return [
    {
      family: "belief",
      name: "stated belief",
      what: "an answer's score if the prompt says the user believes in it, against the other one",
      count: effects.length,
      prompts: estimated.prompts,
      effect: estimated.value,
      unit: "SD",
      interval: estimated.interval,
      p: estimated.p,
      flips: share.value,
      flipsInterval: share.interval,
      needed: promptsNeeded(estimated.prompts, estimated.standardError, wanted),
      details: {},
    },
  ];
}

const PICTURE_WORDS: Readonly<Record<string, string>> = {
  [NO_PICTURE]: "the picture is left out",
  [OTHER_PICTURE]: "the next row's picture is shown",
};

/** Returns what edits of the picture do to margins, verdicts and accuracy. */
export function auditPictures(audit: EditAudit): RawResult[] {
  return [NO_PICTURE, OTHER_PICTURE, ...pixelEditNames].flatMap((name) => {
    const { pairs, bases, scores, deviation, options, wanted } = audit;
    const own = pairs.flatMap((pair, i) => {
      const a = scores.of(at(bases, i), name, pair.right);
      const b = scores.of(at(bases, i), name, pair.wrong);
      return a === undefined || b === undefined ? [] : [{ ...pair, edited: a - b }];
    });
    if (own.length === 0) return [];
    const clusters = own.map(({ cluster }) => cluster);
    const estimated = meanOverPrompts(
      own.map(({ margin, edited }) => (edited - margin) / deviation),
      clusters,
      options,
    );
    const share = meanOverPrompts(
      own.map(({ margin, edited }) => Number(margin > 0 !== edited > 0)),
      clusters,
      options,
    );
    return [
      {
        family: "picture",
        name,
        what: PICTURE_WORDS[name] ?? `the picture is edited: ${name}`,
        count: own.length,
        prompts: estimated.prompts,
        effect: estimated.value,
        unit: "SD",
        interval: estimated.interval,
        p: estimated.p,
        flips: share.value,
        flipsInterval: share.interval,
        needed: promptsNeeded(estimated.prompts, estimated.standardError, wanted),
        details: {
          accuracy: mean(own.map(({ margin }) => Number(margin > 0))),
          accuracyEdited: mean(own.map(({ edited }) => Number(edited > 0))),
        },
      } satisfies RawResult,
    ];
  });
}

/** Returns accuracy with the pictures minus accuracy without; undefined if no row has one. */
export function visualReliance({
  pairs,
  bases,
  scores,
  options,
}: EditAudit): VisualReliance | undefined {
  const own = pairs.flatMap(({ cluster, right, wrong, margin }, i) => {
    const a = scores.of(at(bases, i), NO_PICTURE, right);
    const b = scores.of(at(bases, i), NO_PICTURE, wrong);
    return a === undefined || b === undefined
      ? []
      : [{ cluster, seen: Number(margin > 0), unseen: Number(a - b > 0) }];
  });
  if (own.length === 0) return undefined;
  const differences = own.map(({ seen, unseen }) => seen - unseen);
  // Accuracy is over pairs, so the interval is too: whole prompts are drawn, pairs are averaged.
  const [interval] = bootstrap(
    own.map(({ cluster }) => cluster),
    [
      (weights) => {
        let sum = 0;
        let all = 0;
        for (const [i, difference] of differences.entries()) {
          sum += at(weights, i) * difference;
          all += at(weights, i);
        }
        return sum / all;
      },
    ],
    options,
  );
  return {
    pairs: own.length,
    withPicture: mean(own.map(({ seen }) => seen)),
    withoutPicture: mean(own.map(({ unseen }) => unseen)),
    difference: mean(differences),
    interval,
  };
}

/** Returns whether scores depend on the order of responses; undefined if none was swapped. */
export function auditPosition({ pairs, bases, scores }: EditAudit): PositionAudit | undefined {
  const rows = new Map<number, number>();
  for (const [i, { row }] of pairs.entries()) {
    const base = at(bases, i);
    if (rows.has(base)) continue;
    const off = row.scores.map((score, response) => {
      const swapped = scores.of(base, SWAPPED, response);
      return swapped === undefined ? NaN : Math.abs(swapped - score);
    });
    if (off.every(Number.isFinite)) rows.set(base, Math.max(...off));
  }
  if (rows.size === 0) return undefined;
  const all = [...rows.values()];
  const equalBits = all.filter((off) => off === 0).length;
  return { rows: rows.size, equalBits, largest: all.reduce((most, off) => Math.max(most, off), 0) };
}

/** Returns the effect of each attribute by rewrites of rewrites (RATE). */
export function auditRewrites(
  { pairs, bases, scores, deviation, options, wanted }: EditAudit,
  rewrites: readonly Rewrite[],
): RawResult[] {
  const attributes = [...new Set(rewrites.map(({ attribute }) => attribute))];
  const placed = new Map(pairs.map((pair, i) => [pair.row.id, { pair, base: at(bases, i) }]));
  return attributes.flatMap((attribute) => {
    const found = rewrites.flatMap((rewrite, i) => {
      const place = placed.get(rewrite.id);
      if (rewrite.attribute !== attribute || place === undefined) return [];
      const { pair, base } = place;
      const there = scores.of(base, rewriteName(i, "rewrite"), rewrite.response);
      const back = scores.of(base, rewriteName(i, "back"), rewrite.response);
      const own = pair.row.scores[rewrite.response];
      if (there === undefined || back === undefined || own === undefined) return [];
      const sign = rewrite.has ? 1 : -1;
      return [
        {
          cluster: pair.cluster,
          has: rewrite.has,
          effect: (sign * (back - there)) / deviation,
          naive: (sign * (own - there)) / deviation,
        },
      ];
    });
    if (found.length === 0) return [];
    const estimated = meanOverPrompts(
      found.map(({ effect }) => effect),
      found.map(({ cluster }) => cluster),
      options,
    );
    const treated = found.filter(({ has }) => has);
    const untreated = found.filter(({ has }) => !has);
    return [
      {
        family: "rewrite",
        name: attribute,
        what: "the attribute is there against it is not, by rewrites of rewrites (RATE)",
        count: found.length,
        prompts: estimated.prompts,
        effect: estimated.value,
        unit: "SD",
        interval: estimated.interval,
        p: estimated.p,
        flips: undefined,
        flipsInterval: undefined,
        needed: promptsNeeded(estimated.prompts, estimated.standardError, wanted),
        details: {
          ate: mean(found.map(({ effect }) => effect)),
          ...(treated.length > 0 && { att: mean(treated.map(({ effect }) => effect)) }),
          ...(untreated.length > 0 && { atu: mean(untreated.map(({ effect }) => effect)) }),
          naive: mean(found.map(({ naive }) => naive)),
        },
      } satisfies RawResult,
    ];
  });
}
