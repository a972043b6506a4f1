/**
 * Compares f16 matmuls with the profile's own: their speed, and their error against double
 * precision on values that plain f16 cannot represent well.
 */
import type { Form } from "../../src/kernels/kernel.ts";
import { lacks } from "../../src/kernels/profile.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { f16Below } from "../../src/kernels/tunings.ts";
import type { MatmulTuning } from "../../src/kernels/tunings.ts";
import { isQuantised } from "../../src/kernels/weight-forms.ts";
import { hostileRows, hostileWeight, random } from "../../src/tuning/hostile-values.ts";
import { multiply, selfTest, valuesOf } from "../../src/tuning/self-test.ts";
import type { MeasuredBench } from "../cases/case.ts";
import { matmuls } from "./kernels.ts";
import type { KernelResult, MatmulVariant } from "./kernels.ts";

export interface F16Result extends KernelResult {
  /** The largest difference in a row over the root mean square of that row, of the worst row. */
  readonly error: number;
}

/**
 * [rows, depth, columns] of the products that are compared: no multiple of a tile, and sums long
 * enough to drift.
 */
const [ROWS, DEPTH, COLUMNS] = [65, 1000, 129];

/** The tunings in f16. */
export const F16_TUNINGS: readonly MatmulTuning[] = Object.keys(f16Below) as MatmulTuning[];

/**
 * Times each form with the profile's own tuning and with others, those in f16 if none are named, in
 * turn. Prints the tunings that the device may not run.
 */
export async function f16Matmuls(
  bench: MeasuredBench,
  shape: readonly [number, number, number],
  forms: readonly Form[],
  peak: number,
  say: (line: string) => void,
  others: readonly MatmulTuning[] = F16_TUNINGS,
): Promise<F16Result[]> {
  const variants: MatmulVariant[] = [];
  for (const form of forms) {
    const kind = isQuantised(form) ? "matmulQuantised" : "matmul";
    for (const tuning of new Set([bench.profile[kind], ...others])) {
      const profile: Profile = { ...bench.profile, [kind]: tuning };
      const lacking = lacks(bench.device, profile);
      const fault = lacking ? `no ${lacking}` : await selfTest(bench.device, kind, tuning);
      if (fault === undefined) variants.push({ name: `${form} ${tuning}`, form, profile });
      else say(`${form} ${tuning}: not run, ${fault}`);
    }
  }
  const results = await matmuls(bench, shape, variants, peak);
  const errors: number[] = [];
  for (const variant of variants) errors.push(await errorOf(bench, variant));
  return results.map((result, i) => ({ ...result, error: errors[i] ?? Number.NaN }));
}

/** Returns a variant's error against double precision. */
async function errorOf(
  { device }: MeasuredBench,
  { form, profile }: MatmulVariant,
): Promise<number> {
  const next = random(1);
  const weight = hostileWeight(form, COLUMNS, DEPTH, next);
  const depth = weight.columns;
  const x = hostileRows(ROWS, depth, next);
  const values = await valuesOf(device, weight);
  const got = await multiply(device, profile, x, weight);
  let error = 0;
  for (let row = 0; row < ROWS; row++) {
    let [largest, squares] = [0, 0];
    for (let column = 0; column < COLUMNS; column++) {
      let wanted = 0;
      for (let k = 0; k < depth; k++) {
        wanted += (x[row * depth + k] ?? 0) * (values[k * COLUMNS + column] ?? 0);
      }
      largest = Math.max(largest, Math.abs((got[row * COLUMNS + column] ?? Number.NaN) - wanted));
      squares += wanted ** 2;
    }
    // A row of zeros has to stay one: any difference is infinitely far.
    if (largest !== 0) error = Math.max(error, largest / Math.sqrt(squares / COLUMNS));
  }
  return error;
}
