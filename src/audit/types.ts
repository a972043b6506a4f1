/** What an audit finds. Plain data: the command line and the page draw it. */
import type { Judge } from "../evaluate/evaluate.ts";
import type { BootstrapOptions, Interval } from "../statistics/bootstrap.ts";
import type { ScoredRow } from "../evaluate/rows.ts";

/** A right response against a wrong one. */
export interface AuditPair {
  readonly row: ScoredRow;
  /** Number of the prompt: what the bootstrap draws. */
  readonly cluster: number;
  readonly right: number;
  readonly wrong: number;
  readonly margin: number;
}

export type Family = "feature" | "edit" | "belief" | "picture" | "rewrite" | "group" | "source";

export type AuditVerdict = "effect" | "none seen" | "too few to say";

export interface AuditResult {
  readonly family: Family;
  readonly name: string;
  /** What was compared, in a sentence. */
  readonly what: string;
  /** Pairs, or responses of an edit. */
  readonly count: number;
  readonly prompts: number;
  /** In standard deviations of the score, or a difference of shares. */
  readonly effect: number;
  readonly unit: "SD" | "share";
  readonly interval: Interval | undefined;
  readonly p: number | undefined;
  /** p with Holm's correction for all results; undefined without p. */
  readonly holm: number | undefined;
  /** The share of verdicts that change; undefined if the question makes no sense. */
  readonly flips: number | undefined;
  readonly flipsInterval: Interval | undefined;
  /** Prompts that find an effect of the wanted size in four of five tries. */
  readonly needed: number;
  readonly verdict: AuditVerdict;
  /** Further numbers, by name. */
  readonly details: Readonly<Record<string, number>>;
}

/** A result before Holm's correction. */
export type RawResult = Omit<AuditResult, "holm" | "verdict">;

export interface LengthAudit {
  /** Accuracy of who always takes the longer response, or the shorter; ties count half. */
  readonly longerWins: number;
  readonly shorterWins: number;
  readonly accuracy: readonly {
    readonly where: "right is shorter" | "right is longer" | "within 10 %";
    readonly count: number;
    readonly right: number;
    readonly interval: Interval;
  }[];
}

export interface GroupPart {
  readonly value: string;
  readonly count: number;
  readonly accuracy: number;
  readonly interval: Interval;
  /** Mean score of all responses, in standard deviations from the mean of all. */
  readonly meanScore: number;
  /** Expected calibration error with the temperature of all pairs. */
  readonly calibrationError: number;
}

export interface GroupAudit {
  readonly column: string;
  readonly parts: readonly GroupPart[];
  readonly worst: string;
  readonly best: string;
}

/** Whether the order of responses in a call changes their scores. */
export interface PositionAudit {
  readonly rows: number;
  readonly equalBits: number;
  readonly largest: number;
}

export interface AuditReport {
  readonly kind: "audit";
  readonly judge: Judge;
  readonly rows: number;
  readonly pairs: number;
  readonly prompts: number;
  readonly accuracy: number;
  readonly accuracyInterval: Interval | undefined;
  /** The standard deviation of the scores: the unit of effects. */
  readonly scoreDeviation: number;
  /** Effects of at least this size should be found. */
  readonly wanted: { readonly SD: number; readonly share: number };
  readonly results: readonly AuditResult[];
  readonly length: LengthAudit;
  readonly groups: readonly GroupAudit[];
  readonly position: PositionAudit | undefined;
  /** Accuracy with the pictures minus without them, on rows that have some. */
  readonly visualReliance: VisualReliance | undefined;
  readonly bootstrap: Required<BootstrapOptions>;
  readonly notes: readonly string[];
}

export interface VisualReliance {
  readonly pairs: number;
  readonly withPicture: number;
  readonly withoutPicture: number;
  readonly difference: number;
  readonly interval: Interval | undefined;
}
