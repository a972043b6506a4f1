// Tested by: test/pairs/labelled.test.ts
/**
 * Pairs for training from people's labels: the response that most labels prefer is chosen. None of
 * the formats has a place for ties; they go to a file of their own.
 */
import { at } from "../base/at.ts";
import { signOf, type Label } from "../label/labels.ts";
import { mean } from "../statistics/moments.ts";
import type { Conversation } from "../types.ts";
import type { PairSource, TrainingPair } from "./formats.ts";

/** A pair without a winner. */
export interface TiedPair {
  readonly id: string | number;
  readonly messages: Conversation;
  readonly responses: readonly [string, string];
  /** `both-bad` if all labels say so, `split` if as many prefer the one as the other. */
  readonly label: "tie" | "both-bad" | "split";
  readonly rater: string;
  readonly labels: number;
}

export interface LabelledPairs {
  readonly pairs: readonly { readonly pair: TrainingPair; readonly source: PairSource }[];
  readonly ties: readonly TiedPair[];
  /** Pairs with a response that is more than a text, which no format holds. */
  readonly notTexts: number;
}

/** Returns one pair for each two responses of a prompt, however many labels they have. */
export function pairsOfLabels(labels: readonly Label[]): LabelledPairs {
  const groups = new Map<string, Label[]>();
  for (const label of labels) {
    const own = groups.get(label.pair);
    if (own === undefined) groups.set(label.pair, [label]);
    else own.push(label);
  }
  const pairs: LabelledPairs["pairs"][number][] = [];
  const ties: TiedPair[] = [];
  let notTexts = 0;
  for (const group of groups.values()) {
    const first = at(group, 0);
    const [a, b] = first.responses.map(textOf);
    if (a === undefined || b === undefined) {
      notTexts += 1;
      continue;
    }
    const signs = group.map((label) => signOf(label.label) * (isTurned(label, first) ? -1 : 1));
    const sum = signs.reduce((all, sign) => all + sign, 0);
    const raters = [...new Set(group.map(({ rater }) => rater))].filter((name) => name !== "");
    const rater = raters.join(", ");
    const { id, messages } = first;
    if (sum === 0) {
      const isDecided = signs.some((sign) => sign !== 0);
      const isBad = group.every(({ label }) => label === "both-bad");
      const label = isDecided ? "split" : isBad ? "both-bad" : "tie";
      ties.push({ id, messages, responses: [a, b], label, rater, labels: group.length });
      continue;
    }
    const scored = group.find(({ given }) => given.scores !== undefined);
    const scores = scored?.given.scores ?? [undefined, undefined];
    const own = scored !== undefined && isTurned(scored, first) ? scores.toReversed() : scores;
    const seconds = group.flatMap(({ given }) => given.seconds ?? []);
    const source = scored?.given ?? first.given;
    const isFirst = sum > 0;
    pairs.push({
      pair: {
        id,
        messages,
        chosen: isFirst ? a : b,
        rejected: isFirst ? b : a,
        chosenScore: own[isFirst ? 0 : 1],
        rejectedScore: own[isFirst ? 1 : 0],
        labels: {
          rater,
          votes: signs.filter((sign) => sign !== 0 && sign > 0 === isFirst).length,
          labels: group.length,
          seconds: seconds.length === 0 ? undefined : mean(seconds),
          seed: first.given.seed,
        },
      },
      source: { model: source.model ?? "none", revision: source.revision, head: source.head },
    });
  }
  return { pairs, ties, notTexts };
}

/** Returns true if the label has its two responses the other way round. */
function isTurned(label: Label, first: Label): boolean {
  return JSON.stringify(label.responses[0]) !== JSON.stringify(first.responses[0]);
}

function textOf(turns: Conversation): string | undefined {
  const [only, ...more] = turns;
  return more.length === 0 && typeof only?.content === "string" ? only.content : undefined;
}
