#!/usr/bin/env node
// Tested by: test/cli/cli.browser.test.ts
/**
 * The process around `main`: stdout, stderr, the terminal, interrupts, the exit code.
 */

import type { Context } from "./command.ts";
import { main } from "./main.ts";
import { isDawnOpen } from "./node/dawn.ts";

const interrupted = new AbortController();
let isStdoutLost = false;
// The first interrupt lets the command end its line and close Chrome; the second ends immediately.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => interrupted.abort("interrupted"));
}
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is not a failure. A result that is lost is one.
  if (error.code !== "EPIPE" && !isStdoutLost) {
    isStdoutLost = true;
    const todo = "What was printed is lost in part. Free space there, or print to another place.";
    process.stderr.write(`vl-reward: stdout: cannot be written (${error.message}). ${todo}\n`);
  }
  interrupted.abort("stdout was closed");
});
// The error may come after `main` has ended.
process.once("exit", () => {
  if (isStdoutLost) process.exitCode = 1;
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
if (isDawnOpen()) {
  // Dawn would keep the process alive. What was printed goes out first.
  process.stdout.write("", () => process.exit());
}

function clearProgress(): void {
  if (progressShown) process.stderr.write("\r\x1b[2K");
  progressShown = false;
}
