/** The state of the Report view: the files, the progress of the run, and its result. */
import type { TemplateResult } from "lit";
import type { BenchmarkName } from "../../src/evaluate/benchmarks.ts";
import type { PageFault } from "../base/faults.ts";
import type { Part } from "../base/page.ts";
import type { Judge } from "../engine/state.ts";
import type { ReportKind, ReportResult } from "./protocol.ts";

/** What is asked of the files. `stored` reads scores that are there: it needs no model. */
export type Question = ReportKind | "stored";

export type PairFilter = "wrong" | "all";

/** A plot, drawn as wide as it is shown: a picture that is scaled has letters too small to read. */
export interface DrawnPlot {
  /** Its title, and how to read it, in the page's language. */
  readonly caption: () => { readonly title: string; readonly words?: string };
  /** True if it takes the whole width. */
  readonly isWide: boolean;
  /** Returns SVG of this width in pixels. */
  readonly draw: (width: number) => string;
}

/** A place with plots: of a report, of the audit of its judge, of stored scores. */
export type PlotList = "report" | "audit" | "stored";

export interface ReportState {
  readonly kind: Question;
  readonly benchmark: BenchmarkName | "auto";
  readonly tables: readonly File[];
  readonly pictures: readonly File[];
  readonly running: { readonly done: number; readonly total: number } | undefined;
  readonly result: ReportResult | undefined;
  /** The model that the result is of. */
  readonly judge: Judge | undefined;
  readonly plots: readonly DrawnPlot[];
  /** Returns what the page's language calls a metric; loaded with the plots. */
  readonly nameOf: (metric: string) => string;
  /** Pixels that each list of plots has; none before it has a place. */
  readonly plotWidths: Readonly<Partial<Record<PlotList, number>>>;
  /** The audit of the report's judge that runs now. */
  readonly auditing: { readonly done: number; readonly total: number } | undefined;
  /** Draws the audit of the report's judge. */
  readonly audited: (() => TemplateResult) | undefined;
  /** Draws what was read of stored scores. */
  readonly stored: (() => TemplateResult) | undefined;
  readonly filter: PairFilter;
  /** How many pairs are listed. */
  readonly shown: number;
  /** URLs of the pictures that were opened, by row. */
  readonly pictureUrls: ReadonlyMap<number, string>;
  readonly fault: PageFault | undefined;
}

/** Pairs that are listed before "show more". */
export const PAIRS_SHOWN = 25;

export const reporting: Part<ReportState> = {
  name: "report",
  first: () => ({
    kind: "evaluation",
    benchmark: "auto",
    tables: [],
    pictures: [],
    running: undefined,
    result: undefined,
    judge: undefined,
    plots: [],
    nameOf: (metric) => metric,
    plotWidths: {},
    auditing: undefined,
    audited: undefined,
    stored: undefined,
    filter: "wrong",
    shown: PAIRS_SHOWN,
    pictureUrls: new Map(),
    fault: undefined,
  }),
};
