/** The request for a report, and its result: plain data that survives a structured clone. */
import type { AuditReport } from "../../src/audit/types.ts";
import type { AbReport } from "../../src/evaluate/ab.ts";
import type { BenchmarkName } from "../../src/evaluate/benchmarks.ts";
import type { Conversation, WeightForm } from "../../src/types.ts";
import type { EvaluationReport } from "../../src/evaluate/evaluate.ts";
import type { Solution } from "../../src/evaluate/solutions.ts";

export type ReportKind = "evaluation" | "ab";

export interface ReportRequest {
  readonly kind: ReportKind;
  /** `auto`: recognised by the fields of the first row. */
  readonly benchmark: BenchmarkName | "auto";
  /** Tables: parquet, JSON lines, JSON. For an A/B, those of the two systems, in order. */
  readonly tables: readonly File[];
  /** The pictures that rows name by path. */
  readonly pictures: readonly File[];
}

/** Two responses to one prompt. In an evaluation, `a` is the one that people preferred. */
export interface ReportPair {
  readonly id: string;
  readonly group: string;
  readonly prompt: string;
  readonly responses: readonly [a: string, b: string];
  readonly scores: readonly [a: number, b: number];
  /** Score of a minus score of b. */
  readonly margin: number;
  /** The steps of both, from a model that judges steps. */
  readonly solutions?: readonly [a: Solution, b: Solution] | undefined;
  /** The number of its row. */
  readonly row: number | undefined;
  /** The row, to ask for its picture; undefined if it has none. */
  readonly pictureOf: number | undefined;
}

/** A row that has no score. */
export interface FailedRow {
  readonly where: string;
  readonly reason: string;
}

export interface ReportResult {
  readonly report: EvaluationReport | AbReport;
  /** Every pair, in the order of the file. */
  readonly pairs: readonly ReportPair[];
  readonly failed: readonly FailedRow[];
  readonly scoredRows: number;
  readonly totalRows: number;
  /** True if it was stopped before all rows were scored. */
  readonly isPartial: boolean;
}

declare module "../engine/protocol.ts" {
  interface Requests {
    readonly report: { readonly request: ReportRequest; readonly weights: WeightForm };
    /** Audits the judge on the rows of the last report. */
    readonly reportAudit: object;
    /** The picture of a row of the last report. */
    readonly reportPicture: { readonly row: number };
    /** The turns up to the responses of a row of the last report. */
    readonly reportMessages: { readonly row: number };
  }

  interface Results {
    readonly report: ReportResult;
    readonly reportAudit: AuditReport;
    readonly reportPicture: { readonly picture: Blob };
    readonly reportMessages: { readonly messages: Conversation };
  }
}
