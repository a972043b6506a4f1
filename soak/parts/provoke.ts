/**
 * Everything that may go wrong around the engine, provoked and counted in one table.
 * src/store/README.md says what each part does.
 */

import { FAULT_KINDS, type FaultKind } from "../../testing/gpu/faulty-gpu.ts";
import { UsageError } from "../../tools/options.ts";
import { TABLE_HEAD, tableRow, type Tally } from "../../testing/tally.ts";

export type Part = "store" | "chrome" | "gpu" | "abort" | "crash";

export const PARTS: readonly Part[] = ["store", "chrome", "gpu", "abort", "crash"];

export function isPart(name: string): name is Part {
  return (PARTS as readonly string[]).includes(name);
}

export interface GpuFaults {
  /** One of every `every` WebGPU calls fails. */
  readonly every: number;
  /** The kind of these faults. All by default. */
  readonly kind: string | undefined;
}

type Note = (line: string) => void;

/**
 * Runs the parts and prints the table. Returns false if a case gave a wrong score or wrong bytes,
 * an error without a type, left a buffer, was pending for 30 s, or committed something wrong; and
 * if there were fewer cases than a part asks for.
 */
export async function provoke(parts: readonly Part[], faults: GpuFaults): Promise<boolean> {
  const kinds = kindsOf(faults.kind);
  const notes: string[] = [];
  const begin = performance.now();
  const tallies: Tally[] = [];
  const secondsUntilNow = (): number => Math.round((performance.now() - begin) / 1000);
  for (const part of parts) {
    const note: Note = (line) => notes.push(line);
    for await (const tally of start(part, note, faults.every, kinds)) {
      console.error(`${secondsUntilNow()} s, ${part}: ${tally.fault}, ${tally.cases} cases`);
      for (const text of tally.wrong) console.error(text);
      tallies.push(tally);
    }
  }
  console.log([TABLE_HEAD, ...tallies.map(tableRow)].join("\n"));
  const wrong = tallies.flatMap((tally) => tally.wrong);
  const few = tallies.filter(({ cases, asked }) => cases < asked);
  const cases = tallies.reduce((sum, tally) => sum + tally.cases, 0);
  console.log(`\n${cases} faults in ${secondsUntilNow()} s, ${wrong.length} wrong`);
  for (const { fault, asked, cases: had } of few)
    console.log(`${fault}: ${had} of ${asked} asked for`);
  for (const note of notes) console.log(note);
  return wrong.length === 0 && few.length === 0;
}

function kindsOf(name: string | undefined): readonly FaultKind[] {
  const kinds = FAULT_KINDS.filter((kind) => name === undefined || kind === name);
  if (kinds.length > 0) return kinds;
  throw new UsageError(`--kind: expected ${FAULT_KINDS.join(", ")}, got ${name}`);
}

/** Starts one part. Modules of Dawn and puppeteer are loaded by the parts that need them. */
async function* start(
  part: Part,
  note: Note,
  every: number,
  kinds: readonly FaultKind[],
): AsyncGenerator<Tally> {
  if (part === "store") yield* storeFaults(note);
  if (part === "chrome") yield* (await import("./store.ts")).browserStore(note);
  if (part === "gpu") yield* (await import("./gpu.ts")).failingGpuCalls({ every, kinds });
  if (part === "abort") yield* (await import("./abort.ts")).aborts(note);
  if (part === "crash") {
    yield* (await import("./crash.ts")).crashes(note);
    yield await (await import("./page.ts")).pageCrashes();
  }
}

async function* storeFaults(note: Note): AsyncGenerator<Tally> {
  const { failingCalls, flippedBits, kills, quotas } =
    await import("../../testing/store/faults.ts");
  const { transport } = await import("../../testing/store/transport-faults.ts");
  const killed = await kills(200);
  note(`fetched again after a kill: at most ${(killed.mostAgain / 4096).toFixed(2)} chunks`);
  yield* await transport(20);
  yield killed;
  yield await quotas(40);
  yield* await failingCalls(1);
  yield await flippedBits(500);
}
