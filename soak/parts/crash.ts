/**
 * Crashes the GPU process of a real Chrome, and freezes tabs, at random moments: while a model
 * loads, in mid-score, streamed, between scores. Each case has a model of its own, because a model
 * recovers at most three times in ten minutes.
 *
 * A case passes if it gives the same bits as before or a typed error, answers within 30 s, and
 * leaves no buffer. `npm run soak -- crash` runs all; a test runs one crash.
 */
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation } from "../../src/types.ts";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { InPage, TestBrowser, TestPage } from "../../testing/browser/browser.ts";
import type { Outcome } from "../../testing/browser/page/model.ts";
import { countOutcome, tally } from "../../testing/tally.ts";
import type { Tally } from "../../testing/tally.ts";
import { AFTER_PATIENCE, PATIENCE_MS } from "./patience.ts";

/** Without them Chrome gives pages no adapter after two crashes, and ends after six. */
export const CRASH_FLAGS: readonly string[] = [
  "--disable-gpu-process-crash-limit",
  "--disable-domain-blocking-for-3d-apis",
];

/** A score of these takes some hundred milliseconds in software: time enough to crash in. */
const conversations: readonly Conversation[] = Array.from({ length: 6 }, (_, i) => [
  { role: "user", content: `What is ${i} plus 4? `.repeat(8) },
  { role: "assistant", content: `${i} plus 4 is ${i + 4}. `.repeat(6) },
]);

/** How long a tab stays frozen: longer than the score takes. */
const FROZEN_MS = 1500;
/** The most times that a random moment is drawn again because it was too late. */
export const TRIES = 3;
/**
 * The longest time from a crash between two scores to the second score. The report of the loss
 * arrives before or after that score begins.
 */
const BETWEEN_MS = 300;

type ModelPage = InPage<typeof import("../../testing/browser/page/model.ts")>;

/** A way to harm a tab while it loads or scores. */
type Blow = "crash" | "freeze" | "freeze and crash";
type Moment = "load" | "score" | "between";

export interface Case {
  readonly moment: Moment;
  readonly blow: Blow;
  readonly options: LoadOptions;
}

const resident: LoadOptions = {};
/** The least that streaming can do with: two groups at a time. */
const streamed: LoadOptions = { residency: "streamed", memoryBudgetBytes: 2 ** 16 };

/** Together 20 crashes of a tab that is awake, as issue 5 asks for; and frozen tabs. */
const KINDS: readonly (Case & { readonly name: string; readonly times: number })[] = [
  { name: "GPU process crashed: load", moment: "load", blow: "crash", options: resident, times: 6 },
  {
    name: "GPU process crashed: score",
    moment: "score",
    blow: "crash",
    options: resident,
    times: 6,
  },
  {
    name: "GPU process crashed: score, streamed",
    moment: "score",
    blow: "crash",
    options: streamed,
    times: 6,
  },
  {
    name: "GPU process crashed: between scores",
    moment: "between",
    blow: "crash",
    options: resident,
    times: 2,
  },
  { name: "tab frozen: load", moment: "load", blow: "freeze", options: resident, times: 3 },
  {
    name: "tab frozen: score, streamed",
    moment: "score",
    blow: "freeze",
    options: streamed,
    times: 3,
  },
  {
    name: "tab frozen, GPU process crashed: score",
    moment: "score",
    blow: "freeze and crash",
    options: resident,
    times: 3,
  },
];

/** The result of one case. */
export interface CaseResult {
  readonly outcome: number | Error;
  /** What went wrong; undefined if nothing did. */
  readonly wrong: string | undefined;
  /**
   * True if a crash came before the answer: its device was replaced, or the answer is an error.
   * Frozen tabs are always hit.
   */
  readonly isHit: boolean;
  /** A line for people: the moment of the fault, the time of the answer, the devices created. */
  readonly told: string;
}

export interface CrashBench {
  run(one: Case): Promise<CaseResult>;
  close(): Promise<void>;
}

/** A browser to run cases in, and the score of each way of loading without faults. */
export async function openCrashBench(): Promise<CrashBench> {
  return await crashBenchIn(await openTestBrowser([], CRASH_FLAGS));
}

/** The same in a browser that has `CRASH_FLAGS`. Closing the bench closes it. */
export async function crashBenchIn(browser: TestBrowser): Promise<CrashBench> {
  const page = await browser.openPage();
  // Vite reloads a page whose connection to it a freeze has closed: this page gets none.
  await page.page.evaluateOnNewDocument(() => {
    const Mute = class extends EventTarget {
      send(): void {}
    };
    globalThis.WebSocket = Mute as unknown as typeof WebSocket;
  });
  await page.page.reload();
  const inPage: ModelPage = page.module("model.ts");
  const folder = new URL("test/golden/models/bare/", browser.url).href;
  const references = new Map<LoadOptions, Reference>();
  return {
    async run(one) {
      let reference = references.get(one.options);
      if (!reference) {
        reference = await measure(inPage, folder, one.options);
        references.set(one.options, reference);
      }
      return await runCase({ browser, page, inPage, folder }, one, reference);
    },
    close: () => browser.close(),
  };
}

interface Place {
  readonly browser: TestBrowser;
  readonly page: TestPage;
  readonly inPage: ModelPage;
  readonly folder: string;
}

interface Reference {
  readonly values: readonly number[];
  readonly loadMs: number;
  readonly scoreMs: number;
}

async function measure(
  inPage: ModelPage,
  folder: string,
  options: LoadOptions,
): Promise<Reference> {
  const loaded = await inPage.load(folder, options);
  const first = await inPage.score(conversations);
  const { ms } = await inPage.score(conversations);
  await inPage.dispose();
  const error = loaded.error ?? first.error;
  if (error) throw new Error(`${error.name}: ${error.message}`);
  return { values: first.values, loadMs: loaded.ms, scoreMs: ms };
}

async function runCase(place: Place, one: Case, reference: Reference): Promise<CaseResult> {
  const { page, inPage, folder } = place;
  const { moment, blow, options } = one;
  let at = 0;
  const loading = inPage.load(folder, options);
  if (moment === "load") at = await strike(place, blow, reference.loadMs);
  const loaded = await inTime(loading);
  let answer = loaded;
  if (!loaded.error) {
    if (moment === "between") at = await strike(place, blow, BETWEEN_MS);
    const scoring = inPage.score(conversations);
    if (moment === "score") at = await strike(place, blow, reference.scoreMs);
    answer = await inTime(scoring);
  }
  const faults: string[] = [];
  let right = answer;
  if (answer.error) {
    if (!isTyped(answer)) faults.push(wordsOf(answer));
    // From then on all must be as if nothing had been.
    if (loaded.error) await inTime(inPage.load(folder, options));
    right = await inTime(inPage.score(conversations));
  }
  if (!isSame(right.values, reference.values)) faults.push(`another score, ${wordsOf(right)}`);
  const { liveBuffers, devices } = await inPage.dispose();
  if (liveBuffers !== 0) faults.push(`${liveBuffers} buffers left`);
  faults.push(...page.takeErrors());
  const seen = answer.error ? wordsOf(answer) : "the same bits";
  return {
    outcome: answer.error ? new Error(seen) : (answer.values.at(-1) ?? Number.NaN),
    wrong: faults.length > 0 ? faults.join("; ") : undefined,
    isHit: blow === "freeze" || devices > 1 || answer.error !== undefined,
    told: `at ${at.toFixed(0)} ms, answer after ${answer.ms.toFixed(0)} ms, ${devices} devices: ${seen}`,
  };
}

/** Crashes or freezes the tab at a random moment of the next `spanMs`. Returns the moment. */
async function strike(place: Place, blow: Blow, spanMs: number): Promise<number> {
  const at = Math.random() * spanMs;
  await pause(at);
  const own = await place.page.page.createCDPSession();
  if (blow !== "crash") await own.send("Page.setWebLifecycleState", { state: "frozen" });
  if (blow !== "freeze") await crashGpu(place.browser);
  if (blow !== "crash") {
    await pause(FROZEN_MS);
    await own.send("Page.setWebLifecycleState", { state: "active" });
  }
  await own.detach();
  return at;
}

/** Ends the GPU process as a fault of its driver would. */
export async function crashGpu({ browser }: Pick<TestBrowser, "browser">): Promise<void> {
  const session = await browser.target().createCDPSession();
  await session.send("Browser.crashGpuProcess");
  await session.detach();
}

async function inTime(work: Promise<Outcome>): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Outcome>((resolve) => {
    const error = { name: "pending", message: AFTER_PATIENCE };
    timer = setTimeout(() => resolve({ values: [], error, ms: PATIENCE_MS }), PATIENCE_MS);
  });
  const outcome = await Promise.race([work, late]);
  clearTimeout(timer);
  return outcome;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length > 0 && a.length === b.length && a.every((value, i) => value === b[i]);

const isTyped = ({ error }: Outcome): boolean =>
  ["InputError", "WeightsError", "UnsupportedError", "GpuError"].includes(error?.name ?? "");

const wordsOf = ({ error }: Outcome): string =>
  error ? `${error.name}: ${error.message}` : "no error";

/** Runs all kinds; `tell` is called with a line for each case. */
export async function* crashes(tell: (line: string) => void): AsyncGenerator<Tally> {
  const bench = await openCrashBench();
  try {
    for (const { name, times, ...one } of KINDS) {
      const into = tally(name, times);
      for (let i = 0; into.cases < times && i < TRIES * times; i++) {
        const { outcome, wrong, isHit, told } = await bench.run(one);
        tell(`${name}, ${told}${isHit ? "" : ", too late to count"}`);
        if (isHit || wrong) countOutcome(into, outcome, wrong && `${name}: ${wrong}`);
      }
      yield into;
    }
  } finally {
    await bench.close();
  }
}
