/**
 * The engine in Chrome: one page and model that live for the whole run, and tabs beside it that are
 * killed, starved of disk and robbed of what they have stored.
 */

import type { CDPSession } from "puppeteer";
import type { Conversation } from "../../../src/types.ts";
import type { InPage, TestPage } from "../../../testing/browser/browser.ts";
import { goldenSets, loadCases, loadGoldens, scoreLimit } from "../../../testing/golden.ts";
import type { Golden } from "../../../testing/golden.ts";
import { type CrashBench, CRASH_FLAGS, crashBenchIn } from "../crash.ts";
import { pick, type Next } from "../mutate.ts";
import { openFiles } from "../processes.ts";
import { openStoreBench, QUOTAS, type StoreBench } from "../store.ts";
import type { Tally } from "../../../testing/tally.ts";
import { judged, type Lane, type Outcome, refused, right, wrong } from "./work.ts";

type SoakPage = InPage<typeof import("../../../testing/browser/page/soak.ts")>;

const MODEL = "a";
const MOST_TOKENS = 300;
/** Of a model's own: it recovers three times in ten minutes, and refuses then. */
const TIRED = /lost \d+ times in ten minutes/;
/** A GPU process that starts again under load may answer late; the caller asks again then. */
const LATE = /expected an answer/;
const TRIES = 3;

interface WebCase {
  readonly conversation: Conversation;
  readonly golden: Golden;
}

/** The cases of the model, with pictures as addresses: Chrome decodes them. */
function webCases(url: string): readonly WebCase[] {
  const set = goldenSets().find(({ name, resize }) => name === MODEL && resize === "torchvision");
  if (set === undefined) throw new Error(`there is no golden set of ${MODEL}`);
  const goldens = new Map(loadGoldens(set.golden).map((golden) => [golden.id, golden]));
  return loadCases(set.cases).flatMap(({ id, messages }) => {
    const golden = goldens.get(id);
    if (golden === undefined || golden.tokens > MOST_TOKENS) return [];
    const conversation = messages.map((message) => {
      if (typeof message.content === "string") return message;
      const content = message.content.map((part) =>
        part.type === "text" || typeof part.image !== "string"
          ? part
          : { ...part, image: new URL(`test/golden/${part.image}`, url).href },
      );
      return { ...message, content };
    });
    return [{ conversation, golden }];
  });
}

const isGiven = (fault: string | undefined): fault is string => fault !== undefined;
const isTyped = (error: string): boolean => /^(Input|Weights|Unsupported|Gpu)Error: /.test(error);

function outcomeOf({ wrong: faults, errors }: Tally): Outcome {
  return judged(faults, errors > 0 ? refused("as it should") : right());
}

class ChromeLane {
  readonly #store: StoreBench;
  readonly #crash: CrashBench;
  readonly #test: TestPage;
  readonly #page: SoakPage;
  readonly #session: CDPSession;
  readonly #cases: readonly WebCase[];
  readonly #url: string;

  private constructor(store: StoreBench, crash: CrashBench, test: TestPage, session: CDPSession) {
    this.#store = store;
    this.#crash = crash;
    this.#test = test;
    this.#page = test.module("soak.ts");
    this.#session = session;
    this.#url = store.browser.url;
    this.#cases = webCases(this.#url);
  }

  static async open(): Promise<ChromeLane> {
    const store = await openStoreBench(CRASH_FLAGS);
    const crash = await crashBenchIn(store.browser);
    const test = await store.browser.openPage();
    const session = await test.page.createCDPSession();
    const lane = new ChromeLane(store, crash, test, session);
    await lane.#loadAgain();
    const { error } = await lane.#page.score(lane.#cases.map(({ conversation }) => conversation));
    if (error !== undefined) throw new Error(error);
    return lane;
  }

  async #loadAgain(): Promise<void> {
    await this.#page.dispose();
    const folder = new URL(`test/golden/models/${MODEL}/`, this.#url).href;
    for (let i = 1; ; i++) {
      const { error } = await this.#page.load(folder, { resize: "torchvision" });
      if (error === undefined) return;
      if (i === TRIES || !LATE.test(error)) throw new Error(error);
    }
  }

  /** Scores a case. A model that has lost its device too often is loaded again first. */
  async #scoreOnce(next: Next): Promise<string[]> {
    const chosen = Array.from({ length: 1 + Math.floor(next() * 2) }, () =>
      pick(this.#cases, next),
    );
    const conversations = chosen.map(({ conversation }) => conversation);
    let { scores, error } = await this.#page.score(conversations);
    for (
      let i = 1;
      error !== undefined && i < TRIES && (TIRED.test(error) || LATE.test(error));
      i++
    ) {
      await this.#loadAgain();
      ({ scores, error } = await this.#page.score(conversations));
    }
    if (error !== undefined) return [error];
    const faults = chosen.map(({ golden }, i) => {
      const { value, tokens } = scores[i] ?? { value: Number.NaN, tokens: 0 };
      if (tokens !== golden.tokens) return `${golden.id}: ${tokens} tokens`;
      const isNear = Math.abs(value - golden.score) <= scoreLimit(golden);
      return isNear ? undefined : `${golden.id}: ${value}, wanted ${golden.score}`;
    });
    return [...faults.filter(isGiven), ...this.#test.takeErrors()];
  }

  async score(next: Next): Promise<Outcome> {
    return judged(await this.#scoreOnce(next));
  }

  async load(next: Next): Promise<Outcome> {
    const { browser } = this.#store;
    const test = await browser.openPage();
    try {
      const page: SoakPage = test.module("soak.ts");
      const folder = new URL(`test/golden/models/${MODEL}/`, this.#url).href;
      const isStreamed = next() < 0.5;
      const loaded = await page.load(folder, {
        resize: "torchvision",
        ...(isStreamed ? { residency: "streamed", memoryBudgetBytes: 2 ** 16 } : {}),
      });
      if (loaded.error !== undefined) return wrong(loaded.error);
      const { conversation, golden } = pick(this.#cases, next);
      const { scores, error } = await page.score([conversation]);
      if (error !== undefined) return wrong(error);
      await page.dispose();
      const { buffers } = await page.held();
      const off = Math.abs((scores[0]?.value ?? Number.NaN) - golden.score);
      const faults = [
        off <= scoreLimit(golden) ? undefined : `${golden.id}: off by ${off}`,
        buffers === 0 ? undefined : `${buffers} buffers left`,
      ];
      return judged([...faults.filter(isGiven), ...test.takeErrors()]);
    } finally {
      await test.page.close();
    }
  }

  async abort(next: Next): Promise<Outcome> {
    const { conversation } = pick(this.#cases, next);
    const { error } = await this.#page.scoreAborted([conversation], next() * 500);
    const faults = await this.#scoreOnce(next);
    if (error !== undefined && error !== "Error: given up" && !TIRED.test(error))
      faults.push(error);
    return judged(faults);
  }

  async gpuCrash(next: Next): Promise<Outcome> {
    const moment = pick(["load", "score", "score", "between"] as const, next);
    const options =
      next() < 0.5 ? {} : ({ residency: "streamed", memoryBudgetBytes: 2 ** 16 } as const);
    const blow = pick(["crash", "crash", "crash", "freeze", "freeze and crash"] as const, next);
    const { outcome, wrong: fault, told } = await this.#crash.run({ moment, blow, options });
    const after = await this.#scoreOnce(next);
    const faults = [fault, ...after].filter(isGiven);
    if (faults.length > 0) return wrong(`${moment}, ${blow}: ${faults.join("; ")} (${told})`);
    return outcome instanceof Error && isTyped(outcome.message)
      ? refused(outcome.message)
      : right();
  }

  async tabKill(next: Next): Promise<Outcome> {
    const killed = outcomeOf(await this.#store.rendererKills(1));
    const after = await this.#scoreOnce(next);
    return after.length > 0 ? wrong(after.join("; ")) : killed;
  }

  async quota(next: Next): Promise<Outcome> {
    return outcomeOf(await this.#store.quotas([pick(QUOTAS, next)]));
  }

  async evict(next: Next): Promise<Outcome> {
    const moments = ["before loading", "in mid-download", "in mid-load", "in mid-score"] as const;
    return outcomeOf(await this.#store.evictions(pick(moments, next), 1));
  }

  async flip(next: Next): Promise<Outcome> {
    return outcomeOf(next() < 0.3 ? await this.#store.tabsAtOnce(1) : await this.#store.flips(2));
  }

  async measure(): Promise<Record<string, number>> {
    // The second collection frees what finalisers of the first let go.
    for (let i = 0; i < 2; i++) await this.#session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await this.#session.send("Runtime.getHeapUsage");
    const { result } = await this.#session.send("Runtime.evaluate", {
      expression: "Promise.prototype",
    });
    const { objects } = await this.#session.send("Runtime.queryObjects", {
      prototypeObjectId: result.objectId ?? "",
    });
    const { result: count } = await this.#session.send("Runtime.callFunctionOn", {
      objectId: objects.objectId ?? "",
      functionDeclaration: "function () { return this.length; }",
      returnByValue: true,
    });
    await this.#session.send("Runtime.releaseObject", { objectId: objects.objectId ?? "" });
    await this.#session.send("Runtime.releaseObject", { objectId: result.objectId ?? "" });
    const { buffers, storeBytes } = await this.#page.held();
    const pages = await this.#store.browser.browser.pages();
    return {
      "page heap": usedSize,
      promises: Number(count.value),
      "GPU buffers": buffers,
      "store bytes": storeBytes,
      "open files": openFiles(),
      tabs: pages.length,
    };
  }

  async close(): Promise<void> {
    await this.#store.browser.close().catch(() => {});
  }
}

export async function openChromeLane(): Promise<Lane> {
  const lane = await ChromeLane.open();
  return {
    jobs: {
      score: (next) => lane.score(next),
      load: (next) => lane.load(next),
      abort: (next) => lane.abort(next),
      gpuCrash: (next) => lane.gpuCrash(next),
      tabKill: (next) => lane.tabKill(next),
      quota: (next) => lane.quota(next),
      evict: (next) => lane.evict(next),
      flip: (next) => lane.flip(next),
    },
    measure: () => lane.measure(),
    close: () => lane.close(),
  };
}
