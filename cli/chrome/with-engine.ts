// Tested by: test/cli/cli.browser.test.ts
/** Runs a piece of a command with a loaded engine, and closes it in every case. */

import type { EngineArguments } from "../arguments.ts";
import type { Context } from "../command.ts";
import { openEngine, type Engine } from "./engine.ts";
import { loadingLine } from "../output/progress.ts";

/** Opens the engine, does the work, closes the engine; an interrupt closes it immediately. */
export async function withEngine<T>(
  options: EngineArguments,
  context: Context,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { quiet, ...engineOptions } = options;
  const engine = await openEngine({
    ...engineOptions,
    signal: context.signal,
    log: (line) => {
      if (!quiet) context.log(line);
    },
    onProgress: (progress) => {
      if (!quiet) context.progress(loadingLine(progress));
    },
  });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
