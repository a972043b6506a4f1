/**
 * What a command is, and what it may touch: so that a test can run one without a process.
 */

import type { ParseArgsConfig } from "node:util";

/** The inputs and outputs of a command. */
export interface Context {
  /** Writes a line for people, on stderr. */
  log(line: string): void;
  /** Writes a line of progress that replaces the one before it, on stderr. */
  progress(line: string): void;
  /** Writes a result, on stdout. */
  print(line: string): void;
  readonly terminal: Terminal;
  /** Fires when the user interrupts. */
  readonly signal: AbortSignal;
}

/** What stdout is. */
export interface Terminal {
  /** False if it is a file or a pipe. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly colours: boolean;
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  /** The options it takes. Its help describes each of them. */
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** Does the work; the exit code is 0, 1 if a part of it failed, or 3 for an alarm. */
  run(args: readonly string[], context: Context): Promise<number>;
}
