/** Audits the judge on the rows of a report: their edits are scored too. */
import { audit } from "../../src/audit/audit.ts";
import { defaultSwaps, swapEdit } from "../../src/audit/edits.ts";
import { planAudit } from "../../src/audit/plan.ts";
import type { AuditReport } from "../../src/audit/types.ts";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import type { EvaluationRow, ScoredRow } from "../../src/evaluate/rows.ts";
import { rowsToScore, scoredRows, scoreEvaluation } from "../../src/evaluate/score-evaluation.ts";
import type { EvaluationScoring } from "../../src/evaluate/score-evaluation.ts";

export interface AuditJob extends Pick<
  EvaluationScoring,
  "kept" | "signal" | "conversationsOf" | "score"
> {
  readonly judge: Judge;
  readonly rows: readonly ScoredRow[];
  readonly onDone: (done: number, total: number) => void;
}

/**
 * Scores the edits that are not scored yet, and audits.
 * @throws the reason of the signal; InputError if no row says which response is right
 */
export async function auditRows({
  judge,
  rows,
  onDone,
  ...scoring
}: AuditJob): Promise<AuditReport> {
  const swaps = swapEdit(defaultSwaps);
  const planned = planAudit(rows, { canEditPixels: false, swaps, rewrites: [] });
  const edits = planned.map(({ row }) => row);
  const begun = edits.length - rowsToScore(edits, scoring.kept).length;
  onDone(begun, edits.length);
  const failed = await scoreEvaluation({
    ...scoring,
    rows: edits,
    onScored: (_, done) => onDone(begun + done, edits.length),
  });
  const found = new Map(scoredRows(edits, scoring.kept).map((row) => [keyOf(row), row.scores]));
  const edited = planned.flatMap((one) => {
    const scores = found.get(keyOf(one.row));
    return scores === undefined ? [] : [{ planned: one, scores }];
  });
  const notes = [
    ...(failed.length > 0
      ? [`${failed.length} edited rows could not be scored and do not count.`]
      : []),
    "Pictures were left out and exchanged; the command line also blurs, covers and compresses them.",
  ];
  return audit({ judge, rows, edited, swaps, notes });
}

function keyOf({ id, digest }: EvaluationRow): string {
  return JSON.stringify([id, digest]);
}
