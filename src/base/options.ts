/**
 * Checks the options of a call: each must be known, and each value one that it can have.
 *
 * An option that nothing reads must not be dropped in silence: the caller believes that it works.
 */
import { InputError } from "../errors.ts";
import { at } from "./at.ts";
import { isObject, kindOf } from "./json.ts";

/** What an option's value must be. */
export interface Rule {
  /** In words, for the error. */
  readonly expected: string;
  fits(value: unknown): boolean;
}

/** The options of a call, by name. */
export type Rules<T> = { readonly [Name in keyof Required<T>]: Rule };

export interface OptionHabits {
  /** Names of options in other libraries (small letters and digits), and our option for each. */
  readonly meant?: Readonly<Record<string, string>>;
  /** Called with unknown options. Without it they are errors. */
  readonly warn?: unknown;
}

/** For options that are checked elsewhere. */
export const isAnything: Rule = rule("anything", () => true);
export const isText: Rule = rule("a text", (value) => typeof value === "string");
export const isFlag: Rule = rule("true or false", (value) => typeof value === "boolean");
export const isFunction: Rule = rule("a function", (value) => typeof value === "function");
export const isSignal: Rule = objectWith("an AbortSignal", "addEventListener", "throwIfAborted");
export const isPositive: Rule = rule(
  "a finite number above 0",
  (value) => isNumber(value, 0) && value !== 0,
);
export const isCount: Rule = rule(
  "a whole number, 1 or more",
  (value) => isNumber(value, 1) && Number.isInteger(value),
);
export const isDuration: Rule = rule("milliseconds, 0 or more", (value) => isNumber(value, 0));

export function oneOf(...values: readonly unknown[]): Rule {
  return rule(values.join(", ").replace(/, ([^,]*)$/, " or $1"), (value) => values.includes(value));
}

export function atLeast(least: number, unit: string): Rule {
  return rule(`${least.toLocaleString("en-US")} ${unit} or more`, (value) =>
    isNumber(value, least),
  );
}

/** Requires an object that has these methods. */
export function objectWith(expected: string, ...methods: readonly string[]): Rule {
  return rule(
    expected,
    (value) =>
      typeof value === "object" &&
      value !== null &&
      methods.every((name) => typeof Reflect.get(value, name) === "function"),
  );
}

/**
 * Checks the options of a call.
 * @param call the call's name, for the error
 * @throws InputError for a value that an option cannot have, and for an unknown option
 */
export function checkOptions(
  call: string,
  options: unknown,
  rules: Readonly<Record<string, Rule>>,
  { meant = {}, warn }: OptionHabits = {},
): void {
  if (options === undefined) return;
  if (!isObject(options)) {
    throw new InputError({ where: `${call}, options`, expected: "an object", got: show(options) });
  }
  // Inherited names count too: an AbortSignal passed as the options has all of its names there.
  for (const name in options) {
    const value = options[name];
    const known = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (value === undefined || known?.fits(value)) continue;
    if (known) throw new InputError({ where: name, expected: known.expected, got: show(value) });
    const nearest = Object.hasOwn(meant, simplify(name))
      ? meant[simplify(name)]
      : findSimilar(name, Object.keys(rules));
    const what = `unknown option ${name}${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}`;
    if (typeof warn !== "function") {
      throw new InputError({
        where: call,
        what,
        todo: `Options are ${Object.keys(rules).join(", ")}`,
      });
    }
    warn(`${call}: ${what}`);
  }
}

/** Returns a value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}

function rule(expected: string, fits: Rule["fits"]): Rule {
  return { expected, fits };
}

function isNumber(value: unknown, least: number): boolean {
  return typeof value === "number" && value >= least && value < Infinity;
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Returns the name that begins with the given one, or else the most similar one. */
function findSimilar(name: string, names: readonly string[]): string | undefined {
  const short = simplify(name);
  const longer = names.find((other) => short.length > 3 && simplify(other).startsWith(short));
  if (longer !== undefined) return longer;
  const near = (other: string): number => countEdits(short, simplify(other));
  const [first] = names.toSorted((a, b) => near(a) - near(b));
  return first !== undefined && near(first) <= name.length / 3 ? first : undefined;
}

/** Returns how many letters must be inserted, removed or changed (Levenshtein). */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of a.split("").entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split("").entries()) {
      const changed = at(row, j) + (letter === other ? 0 : 1);
      next.push(Math.min(at(next, j) + 1, at(row, j + 1) + 1, changed));
    }
    row = next;
  }
  return at(row, b.length);
}
