/**
 * The model reads the pairs of a session in the background, a few at a time, those that are shown
 * soon first. What it says stays hidden until the vote; its states are what a head is fitted to.
 */
import type { PairScores } from "../../src/label/label-rows.ts";
import { at } from "../../src/base/at.ts";
import { faultOf } from "../base/faults.ts";
import { latest, stop } from "../base/jobs.ts";
import type { Page } from "../base/page.ts";
import type { LoadedModel } from "../engine/protocol.ts";
import { engine } from "../engine/state.ts";
import type { EngineClient } from "../engine/client.ts";
import { keepStates, readStates, type KeptPair, type KeptState } from "../store/label-sessions.ts";
import { changeSession, labelling, type OpenSession, type Reading } from "./state.ts";

export const READING = "label-reading";

/** Pairs of a call: few, so that a person's own scoring does not wait long. */
const PAIRS_A_CALL = 4;

/** Returns what tells one judge's states from another's. */
export function judgeKey({ name, form, ownHead }: LoadedModel): string {
  return JSON.stringify([name, form, ownHead ?? null]);
}

/** The session and judge that the job reads for. */
let started = "";

/** Reads on, if a model is ready, a session is open and pairs are left. */
export function readOn(page: Page): void {
  const { state, running } = page.get(engine);
  const { session, isReadingOff } = page.get(labelling);
  if (state.kind !== "ready" || running === undefined || session === undefined) return;
  const { model } = state;
  const judge = judgeKey(model);
  const wanted = `${session.record.id} ${judge}`;
  if (isReadingOff || (page.jobs.has(READING) && started === wanted)) return;
  if (session.reading?.judge === judge && pairsLeft(session).length === 0) return;
  started = wanted;
  void latest(page.jobs, READING, (signal) => readAll(page, model, running.client, signal), {
    done: () => {},
    // It would fail again with every drawing of the page.
    failed: (fault) => page.change(labelling, { fault, isReadingOff: true }),
    ended: () => page.change(labelling, { running: undefined }),
  });
}

export function stopReading(page: Page): void {
  stop(page.jobs, READING);
  page.change(labelling, { isReadingOff: true });
}

export function goOnReading(page: Page): void {
  page.change(labelling, { isReadingOff: false });
  readOn(page);
}

async function readAll(
  page: Page,
  model: LoadedModel,
  client: EngineClient,
  signal: AbortSignal,
): Promise<void> {
  const id = page.get(labelling).session?.record.id;
  if (id === undefined) return;
  await restore(page, id, model);
  for (;;) {
    signal.throwIfAborted();
    const { session } = page.get(labelling);
    if (session?.record.id !== id) return;
    const left = pairsLeft(session);
    const total = session.pairs.length;
    page.change(labelling, { running: { done: total - left.length, total } });
    const numbers = left.slice(0, PAIRS_A_CALL);
    if (numbers.length === 0) return;
    const states = await statesOf(session, numbers, client, signal);
    // The session may have gone meanwhile.
    if (page.get(labelling).session?.record.id !== id) return;
    note(page, model, numbers, states);
    await keepStates(id, judgeKey(model), states);
  }
}

/** Takes what this judge has said before. */
async function restore(page: Page, id: string, model: LoadedModel): Promise<void> {
  const judge = judgeKey(model);
  const { session } = page.get(labelling);
  if (session?.reading?.judge === judge) return;
  const isPublished = model.ownHead === undefined;
  const empty: Reading = { judge, isPublished, scores: [], differences: [], failed: new Set() };
  const kept = await readStates(id, judge);
  if (page.get(labelling).session?.record.id !== id) return;
  changeSession(page, { reading: empty });
  note(page, model, [], kept);
}

/** Returns the pairs that were not read, in the order in which they are shown. */
function pairsLeft({ pairs, plan, votes, reading }: OpenSession): number[] {
  const isLeft = (pair: number): boolean =>
    reading?.scores[pair] === undefined && reading?.failed.has(pair) !== true;
  const soon = plan.slice(votes.length).map(({ pair }) => pair);
  const past = plan.slice(0, votes.length).map(({ pair }) => pair);
  return [...new Set([...soon, ...past, ...pairs.keys()])].filter(isLeft);
}

/** Asks the engine; a pair that it cannot read is left out, and tried alone first. */
async function statesOf(
  session: OpenSession,
  numbers: readonly number[],
  client: EngineClient,
  signal: AbortSignal,
): Promise<KeptState[]> {
  const pairs = numbers.map((number) => at(session.pairs, number));
  try {
    const conversations = pairs.flatMap(conversationsOf);
    const model = await client.model;
    const states = await model.score(conversations, { signal, features: true });
    return numbers.map((number, i) => {
      const [a, b] = [at(states, 2 * i), at(states, 2 * i + 1)];
      const [own, other] = [at([a.features], 0), at([b.features], 0)];
      const difference = own.map((value, k) => value - at(other, k));
      return { number, scores: [a.value, b.value], difference };
    });
  } catch (error) {
    const { code } = faultOf(error);
    if (code !== "input" && code !== "unsupported") throw error;
    if (numbers.length === 1) return [];
    const each: KeptState[] = [];
    for (const number of numbers) each.push(...(await statesOf(session, [number], client, signal)));
    return each;
  }
}

function conversationsOf({ messages, responses }: KeptPair): KeptPair["messages"][] {
  return responses.map((turns) => [...messages, ...turns]);
}

function note(
  page: Page,
  model: LoadedModel,
  asked: readonly number[],
  states: readonly KeptState[],
): void {
  const reading = page.get(labelling).session?.reading;
  if (reading === undefined) return;
  const scores = [...reading.scores];
  const differences = [...reading.differences];
  const failed = new Set(reading.failed);
  for (const { number, scores: values, difference } of states) {
    scores[number] = pairScores(model, values);
    differences[number] = difference;
  }
  for (const number of asked) if (scores[number] === undefined) failed.add(number);
  changeSession(page, { reading: { ...reading, scores, differences, failed } });
}

function pairScores({ name, ownHead }: LoadedModel, scores: readonly [number, number]): PairScores {
  const [model = name, revision] = /^https?:/.test(name) ? [name] : name.split("@");
  return { model, revision, head: ownHead, scores };
}
