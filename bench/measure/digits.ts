/** Formats numbers for people. */

/** Returns a number with three significant digits. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
