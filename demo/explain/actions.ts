/** What happens in the panel: it explains, stops, goes on, refines, and tries another text. */
import type { Explanation } from "../../src/explain/types.ts";
import { faultOf } from "../base/faults.ts";
import { latest, stop } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { signed } from "../base/format.ts";
import { engineFor } from "../engine/life.ts";
import { engine } from "../engine/state.ts";
import { explainWords } from "../language/explain.ts";
import { pairOf, signOf } from "./pair.ts";
import type { ExplainAsk } from "./protocol.ts";
import { costSentence } from "./sentences.ts";
import { changeWhy, EXPLAINING, explaining, fuller, WHAT_IF } from "./state.ts";
import type { Subject, Why } from "./state.ts";

/** An explanation that takes no longer goes on by itself after the contrast. */
const ENOUGH_SECONDS = 15;

let lastKey = 0;

/** Opens the panel on a row, and begins with what differs. */
export function begin(
  page: Page,
  subject: Subject,
  other: number | undefined = bestOther(subject),
): void {
  lastKey += 1;
  const { of, index } = subject;
  const open: Why = {
    of,
    index,
    other,
    key: lastKey,
    isRunning: false,
    upTo: "contrast",
    found: undefined,
    progress: 0,
    scores: 0,
    cost: undefined,
    steps: subject.steps ?? [],
    fault: undefined,
    picture: 0,
    cell: undefined,
    size: undefined,
    showsAll: false,
    isCopied: false,
    whatIf: undefined,
    inspected: undefined,
  };
  page.change(explaining, { open });
  if (page.get(engine).state.kind === "ready") void explain(page, subject, open, "contrast");
}

/** Returns the best of the other responses; for the best one itself, the next. */
function bestOther({ candidates, index }: Subject): number | undefined {
  const others = candidates
    .map(({ value }, i) => ({ value, i }))
    .filter(({ i }) => i !== index)
    .toSorted((x, y) => y.value - x.value);
  return others[0]?.i;
}

/** Explains the row: what differs first, then all the rest. */
export async function explain(
  page: Page,
  subject: Subject,
  why: Why,
  upTo: ExplainAsk["upTo"],
  refine = false,
): Promise<void> {
  announce(page, explainWords().begins);
  await run(page, subject, why, upTo, refine);
}

async function run(
  page: Page,
  subject: Subject,
  { key, other }: Why,
  upTo: ExplainAsk["upTo"],
  refine = false,
): Promise<void> {
  const running = engineFor(page);
  if (running === undefined) return;
  changeWhy(page, key, { isRunning: true, upTo, fault: undefined, progress: 0 });
  await latest(
    page.jobs,
    EXPLAINING,
    async (signal) => {
      await running.loaded;
      const messages = await subject.messages();
      signal.throwIfAborted();
      const responses = pairOf(subject, other).map(({ text }) => text);
      const [first = "", second] = responses;
      const request = {
        messages,
        responses: second === undefined ? ([first] as const) : ([first, second] as const),
      };
      const ask: ExplainAsk = { key, request, upTo, refine };
      const onFound = (found: Explanation): void => {
        const { progress, scores } = found;
        const known = page.get(explaining).open?.found;
        changeWhy(page, key, { found: fuller(known, found), progress, scores });
      };
      return await running.client.call("explain", { ask }, { signal, onFound });
    },
    {
      done({ found, cost, steps }) {
        const isOwnFirst = signOf(subject, other) > 0;
        const own = steps[isOwnFirst ? 0 : 1] ?? [];
        const known = page.get(explaining).open?.found;
        changeWhy(page, key, { found: fuller(known, found), cost, steps: own });
        const isQuick = cost.seconds <= ENOUGH_SECONDS && found.stopped === undefined;
        if (upTo === "contrast" && isQuick) {
          queueMicrotask(() => goOn(page, subject, key));
        } else if (found.stopped === undefined) {
          announce(page, upTo === "all" ? explainWords().finished : costSentence(cost));
        }
      },
      failed: (fault) => changeWhy(page, key, { fault: fault.message }),
      ended: () => changeWhy(page, key, { isRunning: false }),
    },
  );
}

function goOn(page: Page, subject: Subject, key: number): void {
  const { open } = page.get(explaining);
  if (open?.key === key) void run(page, subject, open, "all");
}

/** Stops; what was found stays. */
export function stopExplaining(page: Page): void {
  stop(page.jobs, EXPLAINING);
  announce(page, explainWords().stopped);
}

/** Scores a changed text in the row's place. */
export async function tryText(page: Page, subject: Subject, { key, whatIf }: Why): Promise<void> {
  const running = engineFor(page);
  if (running === undefined || whatIf === undefined) return;
  const { text } = whatIf;
  const change = (part: Partial<typeof whatIf>): void => {
    const { open } = page.get(explaining);
    const now = open?.key === key ? open.whatIf : undefined;
    if (now !== undefined) changeWhy(page, key, { whatIf: { ...now, ...part } });
  };
  change({ isRunning: true, fault: undefined, value: undefined });
  await latest(
    page.jobs,
    WHAT_IF,
    async (signal) => {
      await running.loaded;
      const conversation = [
        ...(await subject.messages()),
        { role: "assistant", content: text } as const,
      ];
      const [score] = await running.client.score([conversation], { signal });
      return score?.value;
    },
    {
      done(value) {
        change({ value });
        const was = subject.candidates[subject.index]?.value ?? Number.NaN;
        if (value === undefined) return;
        const say = explainWords();
        announce(page, say.whatIfResult(signed(value), signed(was), signed(value - was)));
      },
      failed: (fault) => change({ fault: fault.message }),
      ended: () => change({ isRunning: false }),
    },
  );
}

export async function copyText(page: Page, { key }: Why, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    changeWhy(page, key, { fault: faultOf(error).message });
    return;
  }
  changeWhy(page, key, { isCopied: true });
  announce(page, explainWords().copied);
}
