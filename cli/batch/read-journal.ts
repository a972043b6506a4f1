// Tested by: test/cli/commands/partial.test.ts
/** Reads the journal of an earlier run, for commands that have all rows in memory. */

import { readFile } from "node:fs/promises";
import { InputError } from "../../src/errors.ts";
import { journalHead, KeptEntries, readEntry } from "../../src/score/journal.ts";
import { writeWhole } from "../output/output-file.ts";

/**
 * Returns the entries that are kept; changed lines are reported and dropped. Without a file it
 * begins one.
 * @param what the entries hold, for the error: "scores", "features"
 * @throws InputError if the journal is another judge's
 */
export async function readJournal(
  file: string,
  judge: unknown,
  what: string,
  log: (line: string) => void,
): Promise<KeptEntries> {
  const head = journalHead(judge);
  const kept = new KeptEntries();
  const text = await readFile(file, "utf8").catch(() => "");
  const [first = "", ...lines] = text.split("\n");
  if (text === "" || (lines.length === 0 && head.startsWith(first))) {
    await writeWhole(file, `${head}\n`);
    return kept;
  }
  if (first !== head) {
    const todo = "Give another --output, or remove the file to score again";
    const held = `holds another judge's ${what}`;
    throw new InputError({ where: file, what: held, expected: head, got: first, todo });
  }
  const whole: string[] = [];
  for (const [i, line] of lines.entries()) {
    // The last line is empty, or was cut by a kill.
    if (i === lines.length - 1) continue;
    const entry = readEntry(line);
    if (typeof entry === "string") {
      log(`${file}, line ${i + 2} ${entry}: its row is scored again`);
      continue;
    }
    kept.add(entry);
    whole.push(line);
  }
  const good = `${[head, ...whole].join("\n")}\n`;
  if (good !== text) await writeWhole(file, good);
  return kept;
}
