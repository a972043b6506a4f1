/**
 * vl-reward on the command line: picks the command, and turns what happens into an exit code.
 *
 *   0 done · 1 failed (errors say what) · 2 wrong use · 3 an alarm of monitor · 130 interrupted
 *
 * Results go to stdout or the output file, all else to stderr.
 */

import { RewardError } from "../src/errors.ts";
import { UsageError } from "./arguments.ts";
import { abCommand } from "./commands/ab.ts";
import { adaptCommand } from "./commands/adapt.ts";
import { auditCommand } from "./commands/audit.ts";
import type { Command, Context } from "./command.ts";
import { cleanMessage, visibleText } from "./output/clean.ts";
import { cardCommand } from "./commands/card.ts";
import { compareModelsCommand } from "./commands/compare-models.ts";
import { completionCommand } from "./commands/completion.ts";
import { evalCommand } from "./commands/eval.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { featuresCommand } from "./commands/features.ts";
import { labelStatsCommand } from "./commands/label-stats.ts";
import { monitorCommand } from "./commands/monitor.ts";
import { packageVersion } from "./chrome/locate-model.ts";
import { pairsCommand } from "./commands/pairs.ts";
import { rankCommand } from "./commands/rank.ts";
import { referenceCommand } from "./commands/reference.ts";
import { scoreCommand } from "./commands/score.ts";
import { thresholdCommand } from "./commands/threshold.ts";
import { traceCommand } from "./commands/trace.ts";
import { verifyCommand } from "./commands/verify.ts";

export const commands: ReadonlyMap<string, Command> = new Map([
  ["score", scoreCommand],
  ["rank", rankCommand],
  ["eval", evalCommand],
  ["ab", abCommand],
  ["audit", auditCommand],
  ["compare-models", compareModelsCommand],
  ["card", cardCommand],
  ["explain", explainCommand],
  ["pairs", pairsCommand],
  ["adapt", adaptCommand],
  ["features", featuresCommand],
  ["label-stats", labelStatsCommand],
  ["threshold", thresholdCommand],
  ["reference", referenceCommand],
  ["monitor", monitorCommand],
  ["trace", traceCommand],
  ["export", exportCommand],
  ["verify", verifyCommand],
  ["completion", completionCommand(() => commands)],
]);

/** Runs one call and gives its exit code. */
export async function main(argv: readonly string[], given: Context): Promise<number> {
  const context = cleanContext(given);
  const [name, ...args] = argv;
  if (name === "--version" || name === "-V") {
    context.print(packageVersion());
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    context.print(help());
    return 0;
  }
  const command = commands.get(name ?? "");
  if (command === undefined) {
    const what =
      name === undefined ? "no command given" : `there is no command ${name}${meant(name)}`;
    context.log(`vl-reward: ${what}\n\n${help()}`);
    return 2;
  }
  if (args.includes("--help") || args.includes("-h")) {
    context.print(command.help.trim());
    return 0;
  }
  try {
    return await command.run(args, context);
  } catch (error) {
    return report(error, name ?? "", context);
  }
}

/** Returns the command that a slip of the finger was for, if there is one. */
function meant(name: string): string {
  const near = [...commands.keys()].find((known) => distance(name.slice(0, 40), known) <= 2);
  return near === undefined ? "" : `: did you mean ${near}?`;
}

/** Returns how many letters differ: added, left out or another (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [k, other] of Array.from(b).entries()) {
      const [left = 0, above = 0, before = 0] = [next[k], row[k + 1], row[k]];
      next.push(Math.min(left + 1, above + 1, before + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * Returns a context that cleans every message: texts of files and of servers may hold control
 * characters.
 */
function cleanContext(context: Context): Context {
  const { colours } = context.terminal;
  return {
    ...context,
    log: (line) => context.log(cleanMessage(line)),
    progress: (line) => context.progress(cleanMessage(line)),
    print: (line) => context.print(visibleText(line, colours)),
  };
}

function report(error: unknown, name: string, context: Context): number {
  // Chrome is then closed in the middle of a command; its complaints about that are dropped.
  if (context.signal.aborted) {
    context.log(String(context.signal.reason));
    return 130;
  }
  if (error instanceof UsageError) {
    context.log(`vl-reward ${name}: ${error.message.slice(0, 1000)}. See vl-reward ${name} --help`);
    return 2;
  }
  // A line that begins in a value must not look like one of ours.
  const inside = (text: string): string => text.replaceAll(/\r?\n/g, "\n  ");
  if (error instanceof RewardError) context.log(`${error.name}: ${inside(error.message)}`);
  else context.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

function help(): string {
  const list = [...commands].map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`);
  return `vl-reward ${packageVersion()}: vision-language reward models on WebGPU

Usage: vl-reward COMMAND [options]

${list.join("\n")}

  --help   of vl-reward or of a command      --version

Exit codes: 0 done, 1 failed, 2 wrong use, 3 an alarm of monitor, 130 interrupted.`;
}
