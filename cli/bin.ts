#!/usr/bin/env node
// Tested by: test/cli/cli.browser.test.ts
/**
 * The process around `main`: stdout, stderr, the terminal, interrupts, the exit code.
 */

import type { Context } from "./command.ts";
import { main } from "./main.ts";

const interrupted = new AbortController();
// The first interrupt lets the command end its line and close Chrome; the second ends immediately.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => interrupted.abort("interrupted"));
}
// A reader that has seen enough (`| head`) is not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") interrupted.abort("stdout was closed");
});

let progressShown = false;
let toldAt = 0;

// The types do not say so, but it is undefined if stdout is not a terminal.
const isTerminal = (process.stdout.isTTY as boolean | undefined) ?? false;

const context: Context = {
  log(line) {
    clearProgress();
    process.stderr.write(`${line}\n`);
  },
  progress(line) {
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
      progressShown = line !== "";
      return;
    }
    // A log file gets a line now and then.
    if (line === "" || performance.now() - toldAt < 10_000) return;
    toldAt = performance.now();
    process.stderr.write(`${line}\n`);
  },
  print(line) {
    clearProgress();
    process.stdout.write(`${line}\n`);
  },
  terminal: {
    interactive: isTerminal,
    columns: process.stdout.columns || 80,
    colours: isTerminal && (process.env["NO_COLOR"] ?? "") === "",
  },
  signal: interrupted.signal,
};

process.exitCode = await main(process.argv.slice(2), context);
clearProgress();

function clearProgress(): void {
  if (progressShown) process.stderr.write("\r\x1b[2K");
  progressShown = false;
}
