/**
 * The options of a script. `--help` prints its usage; what it does not know is one line on stderr, and exit code 2.
 */

import { parseArgs } from "node:util";

/**
 * As node:util's `parseArgs`, strict.
 *
 * @template {import("node:util").ParseArgsConfig} T
 * @param {string} usage what `--help` prints
 * @param {T} config
 * @returns {ReturnType<typeof parseArgs<T>>}
 */
export function readOptions(usage, config) {
  const options = { ...config.options, help: { type: "boolean" } };
  let parsed;
  try {
    parsed = parseArgs({ ...config, options });
  } catch (error) {
    // What follows the first sentence is about positional arguments.
    refuse(String(error instanceof Error ? error.message : error).split(". ")[0]);
  }
  if (parsed.values.help) {
    console.log(usage.trim());
    process.exit(0);
  }
  return parsed;
}

/**
 * An option's value as a number.
 *
 * @param {Record<string, string | boolean | undefined>} values
 * @param {string} name
 * @param {number} [least]
 */
export function numberOf(values, name, least = 1) {
  const number = Number(values[name]);
  if (!(number >= least)) refuse(`--${name} takes a number from ${least}; got ${values[name]}`);
  return number;
}

/**
 * An option's value as numbers with commas between them.
 *
 * @param {Record<string, string | boolean | undefined>} values
 * @param {string} name
 */
export function numbersOf(values, name) {
  const parts = String(values[name]).split(",").map(Number);
  if (!parts.every((number) => number >= 1))
    refuse(`--${name} takes numbers with commas between them; got ${values[name]}`);
  return parts;
}

/**
 * Ends the script: it was called wrongly.
 *
 * @param {string} what
 * @returns {never}
 */
export function refuse(what) {
  console.error(`${what}. --help lists the options.`);
  process.exit(2);
}
