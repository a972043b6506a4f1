// Tested by: test/label/session.test.ts
/**
 * A session's labels as rows: what the page saves, what every command reads, and what goes on to
 * training. Each says who gave it, how, and which model was compared.
 */
import { at } from "../base/at.ts";
import type { Conversation } from "../types.ts";
import type { LabelValue } from "./labels.ts";
import { labelsOf, type Session } from "./session.ts";

/** A pair as rows have it; pictures by their names. */
export interface LabelPair {
  readonly id: string;
  readonly messages: Conversation;
  readonly responses: readonly [Conversation, Conversation];
  readonly group?: string | undefined;
}

/** What a model said of a pair. */
export interface PairScores {
  readonly model: string;
  readonly revision?: string | undefined;
  /** The file of the own head that judged; undefined for the published one. */
  readonly head?: string | undefined;
  /** Of a and of b. */
  readonly scores: readonly [number, number];
}

export interface LabelRow {
  readonly id: string;
  readonly messages: Conversation;
  readonly responses: readonly [string | Conversation, string | Conversation];
  readonly label: LabelValue;
  readonly rater: string;
  readonly probability: number;
  readonly random: boolean;
  readonly repeat: boolean;
  readonly seconds: number;
  readonly seed: number;
  /** Which response was on the left: "ab" if it was a. */
  readonly sides: "ab" | "ba";
  readonly time: string;
  readonly flagged?: true;
  readonly note?: string;
  readonly group?: string;
  readonly model?: string;
  readonly revision?: string;
  readonly head?: string;
  readonly scores?: readonly [number, number];
}

export interface LabelSource {
  readonly rater: string;
  readonly seed: number;
}

/**
 * Returns a row for each label, in the order in which they were given.
 * @param scores of each pair, if a model has read it
 */
export function labelRows(
  session: Session,
  pairs: readonly LabelPair[],
  { rater, seed }: LabelSource,
  scores: readonly (PairScores | undefined)[],
): LabelRow[] {
  return labelsOf(session).map(({ task, vote, label }) => {
    const { id, messages, responses, group } = at(pairs, task.pair);
    const { seconds, time, isFlagged, note } = vote;
    const { model, revision, head, scores: values } = scores[task.pair] ?? {};
    const [a, b] = responses;
    return {
      id,
      messages,
      responses: [textOf(a), textOf(b)],
      label,
      rater,
      probability: task.probability,
      random: task.how === "random",
      repeat: task.how === "repeat",
      seconds: Math.round(seconds * 100) / 100,
      seed,
      sides: task.isSwapped ? "ba" : "ab",
      time,
      ...(isFlagged ? { flagged: true } : {}),
      ...(note === "" ? {} : { note }),
      ...(group === undefined ? {} : { group }),
      ...(model === undefined ? {} : { model }),
      ...(revision === undefined ? {} : { revision }),
      ...(head === undefined ? {} : { head }),
      ...(values === undefined ? {} : { scores: values }),
    };
  });
}

/** Returns the text of a response that is one; else its turns. */
function textOf(turns: Conversation): string | Conversation {
  const [only, ...more] = turns;
  const isText = more.length === 0 && only !== undefined && Object.keys(only).length === 2;
  return isText && typeof only.content === "string" ? only.content : turns;
}
