/**
 * How true `q8` and `q4` are: scores of the embedded model's held-out pairs and of the goldens,
 * against the reference's.
 */
import { Device } from "../../src/gpu/device.ts";
import type { WeightForm } from "../../src/types.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { pooled } from "./drift.ts";
import { embeddedSet, goldenScoreSets, measure } from "./score-sets.ts";
import { fidelityTable, misses } from "./table.ts";
import type { FidelityRow } from "./table.ts";

/** Stored weights are the control: their drift is rounding. */
const FORMS: readonly WeightForm[] = ["stored", "q8", "q4"];

export interface Fidelity {
  readonly adapter: string;
  /** The embedded model, and the goldens as one. */
  readonly rows: readonly FidelityRow[];
  /** Each golden set alone. */
  readonly goldenRows: readonly FidelityRow[];
  readonly missed: readonly string[];
}

export async function measureFidelity(): Promise<Fidelity> {
  const embedded = await embeddedSet();
  const goldens = await goldenScoreSets();
  const rows: FidelityRow[] = [];
  const goldenRows: FidelityRow[] = [];
  const missed: string[] = [];
  for (const weights of FORMS) {
    const drift = await measure(embedded, weights);
    missed.push(...misses(weights, drift));
    const own: FidelityRow[] = [];
    for (const set of goldens) {
      own.push({ weights, set: set.name, drift: await measure(set, weights) });
    }
    goldenRows.push(...own);
    rows.push({ weights, set: embedded.name, drift });
    const all = pooled(own.map((row) => row.drift));
    rows.push({ weights, set: `${goldens.length} golden sets`, drift: all });
  }
  return { adapter: await adapterName(), rows, goldenRows, missed };
}

export function fidelityLines({ adapter, rows, goldenRows, missed }: Fidelity): string[] {
  return [
    `adapter: ${adapter}`,
    "",
    ...fidelityTable(rows),
    "",
    "The golden sets one by one: random models, whose margins mean nothing.",
    "",
    ...fidelityTable(goldenRows),
    "",
    missed.length === 0 ? "every target is met" : `missed: ${missed.join("; ")}`,
  ];
}

async function adapterName(): Promise<string> {
  const device = await Device.open(testGpu());
  device.destroy();
  return device.adapter.name;
}
