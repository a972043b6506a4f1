/**
 * Bounds the runs of hyparquet. A file of a kilobyte may claim a run of two thousand million
 * values, and the library writes them all: the process runs out of memory, or computes without end.
 * Values beyond the page's own count are never read, so a run ends there.
 *
 * The published source is changed as it is bundled, tested or run. Remove this when the library
 * bounds runs itself: `test/cli/tables/endless-runs.test.ts` tells.
 */

/** What is replaced, each once. */
const CHANGES = [
  [
    "function readRle(reader, count, bitWidth, output, seen) {",
    "  count = Math.min(count, output.length - seen)",
  ],
  [
    "  let count = header >> 1 << 3 // values to read",
    "  count = Math.min((header >>> 1) * 8, Math.ceil((output.length - seen) / 8) * 8)",
  ],
];

/**
 * @param {string} file a module's path or address
 * @returns {boolean} whether it is the one with the runs
 */
export function hasRuns(file) {
  return /[\\/]hyparquet[\\/]src[\\/]encoding\.js(?:\?.*)?$/.test(file);
}

/**
 * Returns the module's source with its runs bounded.
 * @param {string} source
 * @returns {string}
 * @throws if the source is another than was read for this
 */
export function boundRuns(source) {
  return CHANGES.reduce((code, [line, more]) => {
    if (code.split(line).length !== 2) {
      throw new Error(`hyparquet: expected one line "${line}". Read its encoding.js again.`);
    }
    return code.replace(line, `${line}\n${more}`);
  }, source);
}
