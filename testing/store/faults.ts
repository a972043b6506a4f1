/**
 * Counts what the store does under faults. `npm run soak -- faults` prints it; tests run small
 * ones.
 *
 * A case passes if every returned byte is right or a typed error was thrown, and if nothing wrong
 * was committed: a later visit, without faults, gives the right bytes.
 */
import { RewardError } from "../../src/errors.ts";
import type { Source } from "../../src/files/source.ts";
import { realmLocks } from "../../src/store/tabs/locks.ts";
import { ModelStore } from "../../src/store/model-store.ts";
import { storedSource } from "../../src/store/read/stored-source.ts";
import type { StoredSource } from "../../src/store/read/stored-source.ts";
import { tally } from "../tally.ts";
import type { Tally } from "../tally.ts";
import { copyOf, memoryDirectory } from "./memory-directory.ts";
import type { Disk, Faults } from "./memory-directory.ts";
import {
  BODY,
  CHUNK,
  fakeSource,
  hashesOf,
  modelFiles,
  modelPaths,
  random,
  readAll,
} from "./model-fixture.ts";
import { openStore, visit } from "./visit.ts";

type Files = ReadonlyMap<string, Uint8Array>;

const FILES: Files = modelFiles();
/** A model that is downloaded in few calls, for cases that run it once for each of them. */
const FEW: Files = modelFiles(9, [5, 2]);

const isRight = async (source: Source, files: Files): Promise<boolean> =>
  JSON.stringify([...(await readAll(source, modelPaths))]) === JSON.stringify([...hashesOf(files)]);

/**
 * Runs a visit, counts what becomes of it, and makes sure that the disk is good for the next one.
 */
async function count(
  into: Tally,
  name: string,
  disk: Disk,
  run: () => Promise<StoredSource>,
  files = FILES,
): Promise<void> {
  into.cases += 1;
  try {
    const source = await run();
    if (!(await isRight(source, files))) into.wrong.push(`${name}: wrong bytes`);
    else {
      into.right += 1;
      if (!source.isStored) into.uncached += 1;
    }
  } catch (error) {
    if (error instanceof RewardError) into.errors += 1;
    else into.wrong.push(`${name}: ${String(error)}`);
  }
  const after = await visit(disk, fakeSource(files, { version: "1" }));
  if (!after.isStored || !(await isRight(after, files)))
    into.wrong.push(`${name}: the next visit is not right`);
}

/**
 * Lets one of every `every` file system calls fail, or all from there on; one visit per fault.
 */
export async function failingCalls(every: number): Promise<Tally[]> {
  const calls = await countCalls(FEW);
  const kinds: readonly [string, (k: number) => Faults][] = [
    ["k-th call of the store fails", (k) => ({ before: failIf((call) => call === k) })],
    ["all calls from the k-th on fail", (k) => ({ before: failIf((call) => call >= k) })],
    [
      "k-th call, a write, is torn",
      (k) => ({ tear: (call, byteLength) => (call === k ? byteLength >> 1 : byteLength) }),
    ],
  ];
  const tallies: Tally[] = [];
  for (const [fault, faults] of kinds) {
    const one = tally(fault);
    for (let k = 0; k < calls; k += every) {
      const disk: Disk = new Map();
      await count(
        one,
        `${fault}, k = ${k}`,
        disk,
        () => visit(disk, fakeSource(FEW, { version: "1" }), faults(k)),
        FEW,
      );
    }
    tallies.push(one);
  }
  return tallies;
}

const failIf =
  (fails: (call: number) => boolean) =>
  (call: number, what: string): void => {
    if (fails(call)) throw new Error(`${what} failed`);
  };

/** Calls of a whole visit: download, and reading everything. */
async function countCalls(files: Files): Promise<number> {
  const directory = memoryDirectory(new Map());
  const store = await ModelStore.open({ directory, locks: realmLocks() });
  await readAll(
    await storedSource(fakeSource(files, { version: "1" }), store, {
      chunkBytes: CHUNK,
      verify: "all",
    }),
    modelPaths,
  );
  return directory.calls();
}

/** Downloads under `places` different quotas, from none of the model to all of it. */
export async function quotas(places: number): Promise<Tally> {
  const one = tally("quota ends at 0 to 100 %");
  const whole = [...FILES.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  for (let i = 0; i < places; i++) {
    const disk: Disk = new Map();
    const quotaBytes = Math.round((whole * i) / (places - 1));
    await count(one, `quota ${quotaBytes}`, disk, () =>
      visit(disk, fakeSource(FILES, { version: "1" }), { quotaBytes }),
    );
  }
  return one;
}

export interface Kills extends Tally {
  /** Bytes that were fetched a second time after one kill, at most. */
  mostAgain: number;
}

/**
 * Kills processes in mid-download, at a random call of the file system or a random byte of the
 * network. A second process continues. It fetches at most one chunk again of those that the first
 * one had received.
 */
export async function kills(times: number): Promise<Kills> {
  const one: Kills = { ...tally("killed in mid-download, resumed", 200), mostAgain: 0 };
  const calls = await countCalls(FILES);
  const whole = fakeSource(FILES, { version: "1" });
  await visit(new Map(), whole);
  for (let seed = 0; seed < times; seed++) {
    const next = random(seed);
    const disk: Disk = new Map();
    const isAtCall = next() < 0.5;
    const at = Math.floor(next() * (isAtCall ? calls * 0.8 : whole.given()));
    const fetched = await killedVisit(disk, isAtCall, at, next);
    const source = fakeSource(FILES, { version: "1", bodyBytes: bodyBytes(next) });
    const small = FILES.get("model.safetensors.index.json")?.byteLength ?? 0;
    // The index is read to find the shards, before it is downloaded as a file: not the store's
    // business.
    await count(one, `kill ${seed}`, disk, () => visit(disk, source));
    const extra = Math.max(0, fetched + source.given() - whole.given() - small);
    one.mostAgain = Math.max(one.mostAgain, extra);
    if (extra > CHUNK) one.wrong.push(`kill ${seed}: ${extra} bytes were fetched again`);
  }
  return one;
}

/** Returns the size of a body's next piece, from one byte to BODY; half of them have BODY bytes. */
const bodyBytes = (next: () => number): number => Math.min(BODY, 1 + Math.floor(next() * 2 * BODY));

/**
 * Runs a visit that stops for good: its waits never end. Returns the bytes it had
 * fetched.
 */
async function killedVisit(
  disk: Disk,
  isAtCall: boolean,
  at: number,
  next: () => number,
): Promise<number> {
  let kill = (): void => {};
  const killed = new Promise<void>((resolve) => (kill = resolve));
  const never = (): Promise<void> => {
    kill();
    return new Promise(() => {});
  };
  let isDead = false;
  const stop = (isNow: boolean): Promise<void> | undefined => {
    isDead ||= isNow;
    return isDead ? never() : undefined;
  };
  const source = fakeSource(FILES, {
    version: "1",
    bodyBytes: bodyBytes(next),
    before: () => stop(!isAtCall && source.given() >= at),
  });
  // A write that the kill interrupts may be done by half.
  const half = next() < 0.5;
  const visited = visit(disk, source, {
    before: (call) => stop(isAtCall && call >= at),
    tear: (_, byteLength) => (isDead && half ? byteLength >> 1 : byteLength),
  });
  await Promise.race([killed, visited]);
  return source.given();
}

/**
 * One bit flipped in a stored file, at random. All must be found on demand and before any byte is
 * handed out.
 */
export async function flippedBits(times: number): Promise<Tally> {
  const one = tally("bit flipped in the store", 1);
  const good: Disk = new Map();
  await visit(good, fakeSource(FILES, { version: "1" }));
  const next = random(7);
  const names = [...good].filter(([, bytes]) => bytes.byteLength > 0).map(([name]) => name);
  for (let i = 0; i < times; i++) {
    const disk = copyOf(good);
    const name = names[Math.floor(next() * names.length)] ?? "";
    const bytes = disk.get(name) ?? new Uint8Array();
    const at = Math.floor(next() * bytes.byteLength);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(next() * 8));
    const store = await openStore(disk);
    const isSeen = !(await store.has("org/tiny@main")) || !(await store.verify("org/tiny@main")).ok;
    if (!isSeen) one.wrong.push(`flip ${i}: byte ${at} of ${name} was not found`);
    const verify = i % 2 === 0 ? "first" : "all";
    await count(one, `flip ${i}`, disk, () =>
      visit(disk, fakeSource(FILES, { version: "1" }), {}, { verify }),
    );
    // Nothing else may be asked for the right bytes: without a source the read must fail.
    const offline = fakeSource(new Map(), { version: "1" });
    await refusesOrRight(one, `flip ${i}, offline`, copyOf(disk), offline);
  }
  return one;
}

async function refusesOrRight(
  into: Tally,
  name: string,
  disk: Disk,
  source: Source,
): Promise<void> {
  try {
    const stored = await visit(disk, source, {}, { verify: "first" });
    if (!(await isRight(stored, FILES))) into.wrong.push(`${name}: wrong bytes`);
  } catch (error) {
    if (!(error instanceof RewardError)) into.wrong.push(`${name}: ${String(error)}`);
  }
}
