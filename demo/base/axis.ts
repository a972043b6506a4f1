/** The one axis that all bars share, and the letters of responses. */

const LETTERS = 26;

/** Returns A, B, C … Z, AA, AB … for the responses as they were given. */
export function letter(index: number): string {
  const before = Math.floor(index / LETTERS);
  const own = String.fromCodePoint(65 + (index % LETTERS));
  return before === 0 ? own : letter(before - 1) + own;
}

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** Returns an axis that holds zero and all values, with round ticks. */
export function axisOf(values: readonly number[]): Axis {
  return axisFrom(Math.min(0, ...values), Math.max(0, ...values));
}

/**
 * Returns an axis around the values, with round ticks. Scores have no fixed zero: it is a tick if
 * it
 * lies within.
 * @param leastSpan how far it reaches at least, so that a small difference looks small
 */
export function axisAround(values: readonly number[], leastSpan: number): Axis {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const more = Math.max(0, leastSpan - (high - low)) / 2;
  return axisFrom(low - more, high + more);
}

function axisFrom(low: number, high: number): Axis {
  const span = high - low || 1;
  const step = roundStep(span / 4);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => roundOff((first + at) * step));
  return { from: roundOff(first * step), to: roundOff(last * step), ticks };
}

/** Returns the place of a value on the axis, 0 to 100. */
export function percentOn(axis: Axis, value: number): number {
  return ((value - axis.from) / (axis.to - axis.from)) * 100;
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/** Removes the errors of binary fractions, so that 3 × 0.1 is written 0.3. */
function roundOff(value: number): number {
  return Number(value.toPrecision(12));
}
