/**
 * Turns N scored responses of a prompt into pairs of a chosen and a rejected one, for DPO and MPO.
 *
 * With ground truth a right response is chosen over a wrong one, and never right over right (as
 * MMPR does). All that is dropped is counted with its reason.
 */

import { random } from "../statistics/random.ts";
import { codePoints } from "../evaluate/rows.ts";
import { isTie } from "../preference/ranking.ts";

export interface ScoredPrompt {
  readonly responses: readonly string[];
  readonly scores: readonly number[];
  /** Whether each response is right, if that is known. */
  readonly correct?: readonly boolean[] | undefined;
  /** The final answer of each response, if it was extracted: see `answer contained`. */
  readonly answers?: readonly string[] | undefined;
}

export interface PairOptions {
  /** Best against worst, or all pairs. */
  readonly select: "best-worst" | "all";
  /** Least difference of the scores; ties within rounding are dropped in any case. */
  readonly margin: number;
  /** Pairs of a prompt at most: those with the largest margins. */
  readonly maxPerPrompt: number;
  /** Keeps pairs whose truth the scores contradict. */
  readonly keepContradicted: boolean;
}

export interface Pair {
  /** Indices of responses. */
  readonly chosen: number;
  readonly rejected: number;
  readonly margin: number;
  /** Code points of the chosen minus those of the rejected. */
  readonly lengthDifference: number;
}

/** Why a pair was not taken. */
export const dropReasons = [
  "same text",
  "both right or both wrong",
  "scores contradict the truth",
  "tie within rounding",
  "below the margin",
  "answer contained",
  "not the best and the worst",
  "more than --max-per-prompt",
  "length balance",
  "<image> in a text, which the format reads as a picture",
  "something that the format has no place for",
] as const;

export type DropReason = (typeof dropReasons)[number];

export type Dropped = Readonly<Partial<Record<DropReason, number>>>;

/**
 * Returns the pairs of one prompt, largest margin first, and how many were dropped for which
 * reason.
 */
export function selectPairs(
  prompt: ScoredPrompt,
  options: PairOptions,
): { readonly pairs: readonly Pair[]; readonly dropped: Dropped } {
  const dropped: Partial<Record<DropReason, number>> = {};
  const kept: Pair[] = [];
  for (const pair of listCandidates(prompt)) {
    const reason = reasonAgainst(pair, prompt, options);
    if (reason === undefined) kept.push(pair);
    else dropped[reason] = (dropped[reason] ?? 0) + 1;
  }
  kept.sort((a, b) => b.margin - a.margin);
  const isBest = options.select === "best-worst";
  const most = isBest ? 1 : options.maxPerPrompt;
  const pairs = kept.slice(0, most);
  const rest = kept.length - pairs.length;
  const why: DropReason = isBest ? "not the best and the worst" : "more than --max-per-prompt";
  return { pairs, dropped: rest > 0 ? { ...dropped, [why]: rest } : dropped };
}

/**
 * Returns every two responses once. The truth decides which is chosen if it differs, else the score
 * does.
 */
function listCandidates({ responses, scores, correct }: ScoredPrompt): Pair[] {
  const lengths = responses.map(codePoints);
  return responses.flatMap((_, a) =>
    responses.slice(a + 1).map((__, i): Pair => {
      const b = a + 1 + i;
      const byTruth = correct === undefined ? 0 : Number(correct[a]) - Number(correct[b]);
      const byScore = (scores[a] ?? NaN) - (scores[b] ?? NaN);
      const isFirst = byTruth === 0 ? byScore >= 0 : byTruth > 0;
      const [chosen, rejected] = isFirst ? [a, b] : [b, a];
      const lengthDifference = (lengths[chosen] ?? 0) - (lengths[rejected] ?? 0);
      return { chosen, rejected, margin: isFirst ? byScore : -byScore, lengthDifference };
    }),
  );
}

function reasonAgainst(
  { chosen, rejected, margin }: Pair,
  { responses, scores, correct, answers }: ScoredPrompt,
  options: PairOptions,
): DropReason | undefined {
  if (responses[chosen] === responses[rejected]) return "same text";
  if (correct !== undefined && correct[chosen] === correct[rejected])
    return "both right or both wrong";
  const isContradicted = correct !== undefined && margin < 0;
  if (isTie(scores[chosen] ?? NaN, scores[rejected] ?? NaN)) return "tie within rounding";
  if (isContradicted && !options.keepContradicted) return "scores contradict the truth";
  if (!isContradicted && margin < options.margin) return "below the margin";
  // MMPR's "entailment": a wrong answer that contains the right one may be right after all.
  const right = answers?.[chosen];
  const isContained = right !== undefined && right !== "" && answers?.[rejected]?.includes(right);
  return isContained === true ? "answer contained" : undefined;
}

/**
 * Chooses which pairs to keep, so that as many chosen responses are longer as are shorter. Pairs of
 * equal length all stay. The seed draws which pairs of the larger side are dropped.
 * @returns for each pair whether it stays
 */
export function balanceLengths(lengthDifferences: readonly number[], seed: number): boolean[] {
  const sideOf = (sign: number): number[] =>
    lengthDifferences.flatMap((difference, i) => (Math.sign(difference) === sign ? [i] : []));
  const [longer, shorter] = [sideOf(1), sideOf(-1)];
  const many = longer.length > shorter.length ? longer : shorter;
  const few = many === longer ? shorter : longer;
  const { below } = random(seed);
  const out = new Set<number>();
  while (many.length > few.length) {
    const [drawn] = many.splice(below(many.length), 1);
    if (drawn !== undefined) out.add(drawn);
  }
  return lengthDifferences.map((_, i) => !out.has(i));
}
