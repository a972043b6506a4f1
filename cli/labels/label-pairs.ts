// Tested by: test/cli/labels/label-commands.test.ts
/** Pairs for training from files of labels, and the ties beside them. */

import path from "node:path";
import { formatPair, reasonAgainstFormat, type PairFormat } from "../../src/pairs/formats.ts";
import { pairsOfLabels } from "../../src/pairs/labelled.ts";
import type { Context } from "../command.ts";
import { openLines } from "../output/output-file.ts";
import { readLabels } from "./read-labels.ts";

export interface LabelPairsJob {
  readonly files: readonly string[];
  readonly output: string;
  readonly format: PairFormat;
  /** How a picture's path or URL is written. */
  readonly path: (image: string) => string;
}

export interface LabelPairsCounts {
  readonly labels: number;
  readonly pairs: number;
  /** Pairs without a winner, in ties.jsonl: no format has a place for them. */
  readonly ties: Readonly<Record<"tie" | "both-bad" | "split", number>>;
  /** Pairs that the format cannot hold. */
  readonly left: number;
  readonly warnings: readonly string[];
}

/** Writes DIR/pairs.jsonl and DIR/ties.jsonl. @throws InputError naming a line that is wrong */
export async function writeLabelPairs(
  { files, output, format, path: pathOf }: LabelPairsJob,
  context: Context,
): Promise<LabelPairsCounts> {
  const { labels, warnings } = await readLabels(files);
  const { pairs, ties, notTexts } = pairsOfLabels(labels);
  const lines = await openLines(path.join(output, "pairs.jsonl"));
  const tied = await openLines(path.join(output, "ties.jsonl"));
  let written = 0;
  try {
    for (const { pair, source } of pairs) {
      context.signal.throwIfAborted();
      if (reasonAgainstFormat(format, pair) !== undefined) continue;
      await lines.write(formatPair(format, pair, { source, path: pathOf }));
      written += 1;
    }
    for (const tie of ties) await tied.write(tie);
    await lines.finish();
    await tied.finish();
  } finally {
    await lines.discard();
    await tied.discard();
  }
  const countOf = (name: string): number => ties.filter(({ label }) => label === name).length;
  return {
    labels: labels.length,
    pairs: written,
    ties: { tie: countOf("tie"), "both-bad": countOf("both-bad"), split: countOf("split") },
    left: pairs.length - written + notTexts,
    warnings,
  };
}
