/**
 * The options of tools, benchmarks and soaks. `--help` prints the usage. An unknown option is one
 * line on stderr, and exit code 2.
 */

import { parseArgs, type ParseArgsConfig } from "node:util";

/** Options as `parseArgs` of node:util takes them. */
export type Options = NonNullable<ParseArgsConfig["options"]>;

/** What `parseArgs` makes of them. */
export type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>["values"];

/** The tool was called wrongly. `run.mjs` prints the message and ends with 2. */
export class UsageError extends Error {}

interface Parsed<O extends Options> {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
}

/** Parses strictly. Prints the usage and returns undefined if `--help` is among the arguments. */
export function readOptions<const O extends Options>(
  args: readonly string[],
  usage: string,
  options: O,
  allowPositionals = false,
): Parsed<O> | undefined {
  const all = { ...options, help: { type: "boolean" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: all, allowPositionals });
    if (!("help" in values)) return { values, positionals };
    console.log(usage.trim());
    return undefined;
  } catch (error) {
    // The first sentence says what is wrong; the second is about positional arguments.
    const [what = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new UsageError(what);
  }
}

/** Returns an option's value as a number. */
export function numberOf(name: string, value: string | undefined, least = 1): number {
  const number = Number(value);
  if (number >= least) return number;
  throw new UsageError(`--${name}: expected a number from ${least}, got ${value}`);
}

/** Returns the numbers of an option's value, which commas separate. */
export function numbersOf(name: string, value: string): number[] {
  const numbers = value.split(",").map(Number);
  if (numbers.every((number) => number >= 1)) return numbers;
  throw new UsageError(`--${name}: expected numbers between commas, got ${value}`);
}
