/** Tells whether code of the project ran that had not run before: V8's own coverage, by block. */

import { Session, type Profiler } from "node:inspector";

export class Coverage {
  readonly #session = new Session();
  /** Blocks that have run. */
  blocks = 0;

  constructor() {
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: false, detailed: true });
    this.newBlocks();
  }

  /** Returns how many blocks of `src` and `cli` ran for the first time since the last call. */
  newBlocks(): number {
    let found = 0;
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error === null) found = count(taken.result);
    });
    this.blocks += found;
    return found;
  }

  close(): void {
    this.#session.disconnect();
  }

  #post(method: string, options?: object): void {
    this.#session.post(method, options);
  }
}

const seen = new Set<string>();

function count(scripts: readonly Profiler.ScriptCoverage[]): number {
  let found = 0;
  for (const { url, functions } of scripts) {
    if (!/\/(src|cli)\/|hyparquet/.test(url)) continue;
    for (const { ranges } of functions) {
      for (const range of ranges) {
        const key = `${url}:${range.startOffset}:${range.endOffset}:${range.count > 0}`;
        if (range.count === 0 || seen.has(key)) continue;
        seen.add(key);
        found += 1;
      }
    }
  }
  return found;
}
