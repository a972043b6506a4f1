/** Lines of the goldens in `test/golden/heads`, and how near answers must be. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** Of scores, outputs, values and probabilities: limit × max(1, |value|). */
export const LINE_LIMIT = 2e-4;

export type Line = Readonly<Record<string, unknown>> & { readonly id: string };

/** Returns the objects of a file of JSON lines. */
export function linesOf(path: string): Line[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Line => JSON.parse(line));
}

/** Expects numbers within the limit of those wanted, and other values equal. */
export function expectNear(got: unknown, wanted: unknown, where: string): void {
  if (typeof wanted === "number") {
    const off = Math.abs(Number(got) - wanted);
    expect(off, `${where}: ${String(got)}, wanted ${wanted}`).toBeLessThanOrEqual(
      LINE_LIMIT * Math.max(1, Math.abs(wanted)),
    );
  } else if (typeof wanted === "object" && wanted !== null) {
    const keys = Object.keys(wanted);
    expect(Object.keys(got ?? {}), where).toEqual(keys);
    for (const key of keys) {
      expectNear(Reflect.get(got ?? {}, key), Reflect.get(wanted, key), `${where}.${key}`);
    }
  } else expect(got, where).toBe(wanted);
}
