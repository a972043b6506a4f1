// Tested by: test/cli/commands/explain.test.ts
/**
 * Explains the worst pairs of a report: writes DIR/explanations.html beside it, and returns the
 * address of each. Explanations are kept in DIR/explanations.jsonl as scores are in scores.jsonl.
 */

import path from "node:path";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import type { EvaluationRow } from "../../src/evaluate/rows.ts";
import type { ExplainOptions } from "../../src/explain/types.ts";
import type { Table } from "../../src/rows/table-file.ts";
import type { EngineArguments } from "../arguments.ts";
import type { Context } from "../command.ts";
import { wholeNumber } from "../output/evaluation-files.ts";
import { lockOutput } from "../output/lock.ts";
import { writeWhole } from "../output/output-file.ts";
import { anchorOf, explainHtml } from "../reports/explain-html.ts";
import type { ExplainedRow } from "../reports/explain-html.ts";
import type { Backend } from "../batch/batch-backend.ts";
import { dataUrls, explainPairs } from "./explain-pairs.ts";
import type { PairToExplain } from "./explain-pairs.ts";
import { withPictures } from "../batch/score-rows.ts";

export const explainOptions = { explain: { type: "string" } } as const;

export const explainHelp = `  --explain N            explains the N worst pairs (vl-reward explain --help) and links them in the
                         report: DIR/explanations.html. Takes some hundred scores a pair
`;

/** Reads how many pairs are explained; none by default. @throws UsageError */
export function explainArgument(value: string | undefined): number {
  return value === undefined ? 0 : wholeNumber("--explain", value, 1);
}

/** A pair of a report. `of` is the object that the report has of it. */
export interface WorstPair {
  readonly of: object;
  readonly row: EvaluationRow;
  /** Of the row: the first is the one that is ahead, or should be. */
  readonly responses: readonly [number, number];
}

export interface ExplainWorstJob {
  readonly pairs: readonly WorstPair[];
  readonly tables: readonly Table[];
  /** The folder of the report. */
  readonly output: string;
  /** What paths of pictures are relative to. */
  readonly folder: string;
  readonly judge: Judge;
  readonly engine: EngineArguments;
  readonly backend: Backend | undefined;
}

/** What is asked of each explanation. */
const ASKED: ExplainOptions = {};

/** Returns the address of each pair's explanation, by the report's object. */
export async function explainWorst(
  job: ExplainWorstJob,
  context: Context,
): Promise<ReadonlyMap<object, string>> {
  const { pairs, output, folder, judge, engine, backend } = job;
  const links = new Map<object, string>();
  if (pairs.length === 0) return links;
  const journal = path.join(output, "explanations.jsonl");
  const lock = await lockOutput(journal);
  try {
    const asked = await Promise.all(pairs.map((pair, i) => pairOf(pair, i, job)));
    const done: ExplainedRow[] = [];
    await explainPairs(
      { pairs: asked, folder, engine, backend, asked: ASKED, journal, judge },
      context,
      async (pair, explanation) => {
        done.push({ ...pair, explanation, pictures: await dataUrls(pair.messages, folder) });
        if (!engine.quiet) context.progress(`${done.length} of ${pairs.length} explained`);
      },
    );
    await writeWhole(path.join(output, "explanations.html"), explainHtml(done));
    for (const [i, { of }] of pairs.entries()) {
      const id = asked[i]?.id;
      if (id !== undefined) links.set(of, `explanations.html#${anchorOf(id)}`);
    }
  } finally {
    await lock.release();
  }
  return links;
}

/** A row may have several pairs: its id is made another for each. */
async function pairOf(
  { row, responses: [first, second] }: WorstPair,
  index: number,
  { tables, pairs }: ExplainWorstJob,
): Promise<PairToExplain> {
  const conversations = await withPictures(row, tables);
  const messages = (conversations[first] ?? []).slice(0, -1);
  const isTwice = pairs.some((pair, i) => i !== index && pair.row.id === row.id);
  return {
    id: isTwice ? `${row.id} (${index + 1})` : row.id,
    where: row.where,
    messages,
    responses: [row.responses[first] ?? "", row.responses[second] ?? ""],
  };
}
