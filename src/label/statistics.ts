/**
 * What labels say of their raters: agreement with the model, with each other, and with themselves.
 */
import { InputError } from "../errors.ts";
import { cohenKappa, krippendorffAlpha } from "../statistics/agreement.ts";
import type { Interval } from "../statistics/bootstrap.ts";
import { wilson } from "../statistics/intervals.ts";
import { signOf, type Label, type LabelValue } from "./labels.ts";

export interface Agreement {
  /** Labels that both sides decided. */
  readonly count: number;
  readonly equal: number;
  readonly share: number;
  /** Wilson's 95 % interval of the share. */
  readonly interval: Interval;
  /** Cohen's κ over a, b and ties. */
  readonly kappa: number;
}

export interface RaterStatistics {
  readonly rater: string;
  readonly labels: number;
  readonly counts: Readonly<Record<LabelValue, number>>;
  /** With themselves, on pairs that they labelled twice; undefined without any. */
  readonly self: Agreement | undefined;
  /** With the model's margins; undefined if no label has one. */
  readonly model: Agreement | undefined;
}

export interface Disagreement {
  readonly pair: string;
  /** The id of the first label of the pair. */
  readonly id: string | number;
  readonly labels: readonly { readonly rater: string; readonly label: LabelValue }[];
}

export interface LabelStatistics {
  readonly labels: number;
  readonly pairs: number;
  readonly prompts: number;
  readonly counts: Readonly<Record<LabelValue, number>>;
  readonly raters: readonly RaterStatistics[];
  /** Krippendorff's α (ordinal: b, tie, a) over pairs with two raters or more. */
  readonly alpha: number;
  readonly groups: readonly {
    readonly group: string;
    readonly labels: number;
    readonly alpha: number;
  }[];
  readonly disagreements: readonly Disagreement[];
}

/**
 * Returns the statistics.
 * @param margins model's margin of a over b for each label, if known
 */
export function labelStatistics(
  labels: readonly Label[],
  margins?: readonly (number | undefined)[],
): LabelStatistics {
  if (margins !== undefined && margins.length !== labels.length) {
    const got = margins.length;
    throw new InputError({ where: "margins", expected: `${labels.length} numbers`, got });
  }
  const names = [...new Set(labels.map(({ rater }) => rater))].toSorted();
  const groups = [...new Set(labels.map(({ group }) => group ?? ""))].toSorted();
  return {
    labels: labels.length,
    pairs: new Set(labels.map(({ pair }) => pair)).size,
    prompts: new Set(labels.map(({ prompt }) => prompt)).size,
    counts: countsOf(labels),
    raters: names.map((rater) => raterStatistics(rater, labels, margins)),
    alpha: alphaOf(labels),
    groups:
      groups.length < 2
        ? []
        : groups.map((group) => {
            const own = labels.filter((label) => (label.group ?? "") === group);
            return { group, labels: own.length, alpha: alphaOf(own) };
          }),
    disagreements: disagreementsOf(labels),
  };
}

function countsOf(labels: readonly Label[]): Record<LabelValue, number> {
  const counts = { a: 0, b: 0, tie: 0, "both-bad": 0 };
  for (const { label } of labels) counts[label] += 1;
  return counts;
}

function raterStatistics(
  rater: string,
  labels: readonly Label[],
  margins: readonly (number | undefined)[] | undefined,
): RaterStatistics {
  const own = labels.filter((label) => label.rater === rater);
  const twice = [...byPair(own).values()].flatMap(([first, second]) =>
    first !== undefined && second !== undefined ? [[first, second] as const] : [],
  );
  const judged = labels.flatMap((label, i) => {
    const margin = margins?.[i];
    return label.rater === rater && margin !== undefined ? [[label, margin] as const] : [];
  });
  const agreement = (a: readonly number[], b: readonly number[]): Agreement | undefined =>
    a.length === 0 ? undefined : agreementOf(a, b);
  return {
    rater,
    labels: own.length,
    counts: countsOf(own),
    self: agreement(
      twice.map(([first]) => orientedSign(first)),
      twice.map(([, second]) => orientedSign(second)),
    ),
    model: agreement(
      judged.map(([label]) => signOf(label.label)),
      judged.map(([, margin]) => Math.sign(margin)),
    ),
  };
}

/** Compares two lists of signs; ties count for κ, and not for the share. */
export function agreementOf(a: readonly number[], b: readonly number[]): Agreement {
  const decided = a.flatMap((sign, i) => (sign === 0 || b[i] === 0 ? [] : [i]));
  const equal = decided.filter((i) => a[i] === b[i]).length;
  return {
    count: decided.length,
    equal,
    share: equal / decided.length,
    interval: wilson(equal, decided.length),
    kappa: cohenKappa(a, b),
  };
}

/** Returns the label's sign for the pair in the order of its texts, whichever side was which. */
function orientedSign({ label, responses }: Label): number {
  const [a, b] = responses.map((turns) => JSON.stringify(turns));
  return signOf(label) * ((a ?? "") <= (b ?? "") ? 1 : -1);
}

function byPair(labels: readonly Label[]): Map<string, Label[]> {
  const pairs = new Map<string, Label[]>();
  for (const label of labels) {
    const list = pairs.get(label.pair);
    if (list === undefined) pairs.set(label.pair, [label]);
    else list.push(label);
  }
  return pairs;
}

function alphaOf(labels: readonly Label[]): number {
  const names = [...new Set(labels.map(({ rater }) => rater))];
  const pairs = [...byPair(labels).values()];
  const ratings = names.map((rater) =>
    pairs.map((own) => {
      const label = own.find((one) => one.rater === rater);
      return label === undefined ? undefined : orientedSign(label);
    }),
  );
  return krippendorffAlpha(ratings, "ordinal");
}

function disagreementsOf(labels: readonly Label[]): Disagreement[] {
  return [...byPair(labels).entries()].flatMap(([pair, own]) => {
    const [first] = own;
    const signs = new Set(own.map(orientedSign));
    if (first === undefined || signs.size < 2) return [];
    return [{ pair, id: first.id, labels: own.map(({ rater, label }) => ({ rater, label })) }];
  });
}
