/**
 * A session of labelling: the plan of what is shown, and the votes so far, as plain data. A vote
 * answers the task at its own place in the plan, so that undoing is taking the last vote back.
 */
import { at } from "../base/at.ts";
import { signOf, type LabelValue } from "./labels.ts";
import { agreementOf, type Agreement } from "./statistics.ts";
import type { Task } from "./order.ts";

/** What a person said of the pair that was shown. */
export type Answer = LabelValue | "skip";

/** Where a person sees the better response, or that neither is. */
export type SideAnswer = "left" | "right" | "tie" | "both-bad" | "skip";

export interface Vote {
  /** In terms of the pair's own order, whichever side was which. */
  readonly answer: Answer;
  /** From showing the pair to the vote. */
  readonly seconds: number;
  /** When, ISO 8601. */
  readonly time: string;
  readonly isFlagged: boolean;
  readonly note: string;
}

export interface Session {
  readonly plan: readonly Task[];
  /** The first answers the first task, and so on. */
  readonly votes: readonly Vote[];
}

/**
 * Returns the plan of a session that was read again. Each vote is kept with its task immediately,
 * the rest of the plan a little later: what was planned before those votes and shown since is left
 * out.
 * @param tasks those of the votes
 */
export function restorePlan(kept: readonly Task[], tasks: readonly Task[]): Task[] {
  const shown = new Set(tasks.map(({ pair }) => pair));
  const repeated = new Set(tasks.flatMap(({ how, pair }) => (how === "repeat" ? [pair] : [])));
  const rest = kept.slice(tasks.length).filter(({ pair, how }) => {
    const isLeft = how === "repeat" ? shown.has(pair) && !repeated.has(pair) : !shown.has(pair);
    shown.add(pair);
    return isLeft;
  });
  return [...tasks, ...rest];
}

/** Returns what is to be labelled now; undefined if the plan has no more. */
export function currentTask({ plan, votes }: Session): Task | undefined {
  return plan[votes.length];
}

/** Returns a person's answer in terms of the pair's own order. */
export function answerOf(side: SideAnswer, { isSwapped }: Task): Answer {
  if (side !== "left" && side !== "right") return side;
  return (side === "left") === isSwapped ? "b" : "a";
}

/** Returns the side on which the answer stands, for a task as it was shown. */
export function sideOf(answer: Answer, { isSwapped }: Task): SideAnswer {
  if (answer !== "a" && answer !== "b") return answer;
  return (answer === "a") === isSwapped ? "right" : "left";
}

/** One label with the task that it answers. */
export interface GivenLabel {
  readonly task: Task;
  readonly vote: Vote;
  readonly label: LabelValue;
}

/** Returns the labels, without pairs that were skipped. */
export function labelsOf({ plan, votes }: Session): GivenLabel[] {
  return votes.flatMap((vote, i) =>
    vote.answer === "skip" ? [] : [{ task: at(plan, i), vote, label: vote.answer }],
  );
}

export interface SessionNumbers {
  /** Votes, skipped pairs too. */
  readonly done: number;
  readonly labels: number;
  readonly skipped: number;
  readonly flagged: number;
  /** Votes a minute, by the median time of the last 20; undefined before the third vote. */
  readonly perMinute: number | undefined;
  /**
   * With the model, on the random part alone: pairs that were chosen are those on which models
   * fail. Undefined if the model has read none of them.
   */
  readonly model: Agreement | undefined;
  /** With oneself, on pairs that were shown twice. */
  readonly self: Agreement | undefined;
}

const RECENT = 20;

/**
 * Returns what a session's votes say so far.
 * @param margins the model's margin of a over b of each pair, if it has read it
 */
export function sessionNumbers(
  session: Session,
  margins: readonly (number | undefined)[],
): SessionNumbers {
  const given = labelsOf(session);
  const { votes } = session;
  const judged = given.flatMap(({ task, label }) => {
    const margin = margins[task.pair];
    const counts = task.how === "random" && margin !== undefined;
    return counts ? [{ own: signOf(label), model: Math.sign(margin) }] : [];
  });
  const firsts = new Map<number, number>();
  const twice: { readonly first: number; readonly second: number }[] = [];
  for (const { task, label } of given) {
    const first = firsts.get(task.pair);
    if (task.how !== "repeat") firsts.set(task.pair, signOf(label));
    else if (first !== undefined) twice.push({ first, second: signOf(label) });
  }
  const recent = votes.slice(-RECENT).map(({ seconds }) => seconds);
  const middle = recent.toSorted((a, b) => a - b)[Math.floor(recent.length / 2)];
  return {
    done: votes.length,
    labels: given.length,
    skipped: votes.length - given.length,
    flagged: votes.filter(({ isFlagged }) => isFlagged).length,
    perMinute: votes.length < 3 || middle === undefined ? undefined : 60 / Math.max(middle, 0.1),
    model:
      judged.length === 0
        ? undefined
        : agreementOf(
            judged.map(({ own }) => own),
            judged.map(({ model }) => model),
          ),
    self:
      twice.length === 0
        ? undefined
        : agreementOf(
            twice.map(({ first }) => first),
            twice.map(({ second }) => second),
          ),
  };
}
