// Tested by: test/audit/audit.test.ts
/**
 * Audits a judge on labelled rows: every question is a paired test, with an effect, an interval by
 * the bootstrap over prompts, Holm's correction over all of them, and the prompts that it takes.
 */
import { InputError } from "../errors.ts";
import type { Judge } from "../evaluate/evaluate.ts";
import { pairsOf, type ScoredRow } from "../evaluate/rows.ts";
import { bootstrap, numberClusters, type BootstrapOptions } from "../statistics/bootstrap.ts";
import { mean, standardDeviation } from "../statistics/moments.ts";
import { holm } from "../statistics/tests.ts";
import {
  auditBelief,
  auditPictures,
  auditPosition,
  auditResponseEdits,
  auditRewrites,
  visualReliance,
  type EditAudit,
  type EditedScores,
} from "./edit-audits.ts";
import type { TextEdit } from "./edits.ts";
import { FEWEST_PROMPTS } from "./estimates.ts";
import { auditFeatures, auditLength } from "./feature-audits.ts";
import { auditGroups, auditSources, scoresOf } from "./group-audits.ts";
import type { PlannedRow } from "./plan.ts";
import type { Rewrite } from "./rewrites.ts";
import type { AuditPair, AuditReport, AuditResult, AuditVerdict, RawResult } from "./types.ts";

export interface AuditRequest {
  readonly judge: Judge;
  readonly rows: readonly ScoredRow[];
  /** Scores of the planned rows, one for each response; rows without any are left out. */
  readonly edited: readonly { readonly planned: PlannedRow; readonly scores: readonly number[] }[];
  readonly swaps: TextEdit;
  readonly rewrites?: readonly Rewrite[];
  readonly bootstrap?: BootstrapOptions;
  /** Of the gaps between groups; 9,999 by default. */
  readonly permutations?: number;
  /** Effects of this size should be found: 0.1 SD and 10 points by default. */
  readonly wanted?: { readonly SD: number; readonly share: number };
  readonly notes?: readonly string[];
}

/**
 * Results up to this p, corrected, are effects. The p-values are approximations for few prompts: at
 * 0.05 the whole set's false alarms would be about 5 % too, sometimes more (docs/trust.md).
 */
const LEVEL = 0.03;

/**
 * Audits.
 * @throws InputError if no row has a right and a wrong response, or all scores are one number
 */
export function audit(request: AuditRequest): AuditReport {
  const { judge, rows, swaps, rewrites = [], notes = [] } = request;
  const options = { resamples: 5000, seed: 1, level: 0.95, ...request.bootstrap };
  const wanted = request.wanted ?? { SD: 0.1, share: 0.1 };
  const { pairs, bases } = toPairs(rows);
  const deviation = standardDeviation(scoresOf(pairs));
  if (!(deviation > 0)) {
    throw new InputError({
      where: "audit",
      expected: "pairs of a right and a wrong response, and scores that differ",
      got: `${pairs.length} pairs`,
      todo: "Give labelled rows: chosen and rejected",
    });
  }
  const edits: EditAudit = {
    pairs,
    bases,
    scores: editedScores(request.edited),
    deviation,
    options,
    wanted: wanted.SD,
  };
  const features = auditFeatures(pairs, deviation, options, wanted.SD);
  const groups = auditGroups(pairs, deviation, options, wanted.share, request.permutations);
  const raw = [
    ...features.results,
    ...auditResponseEdits(edits, swaps),
    ...auditBelief(edits),
    ...auditPictures(edits),
    ...auditRewrites(edits, rewrites),
    ...groups.results,
    ...auditSources(pairs, options, wanted.share),
  ];
  const clusters = pairs.map(({ cluster }) => cluster);
  const right = pairs.map(({ margin }) => Number(margin > 0));
  const [accuracyInterval] = bootstrap(
    clusters,
    [
      (weights) => {
        let sum = 0;
        let all = 0;
        for (const [i, weight] of weights.entries()) {
          sum += weight * (right[i] ?? NaN);
          all += weight;
        }
        return sum / all;
      },
    ],
    options,
  );
  const missing =
    features.tooFew.length === 0
      ? []
      : [`Too few pairs differ to say anything of: ${features.tooFew.join(", ")}.`];
  return {
    kind: "audit",
    judge,
    rows: rows.length,
    pairs: pairs.length,
    prompts: new Set(clusters).size,
    accuracy: mean(right),
    accuracyInterval,
    scoreDeviation: deviation,
    wanted,
    results: corrected(raw),
    length: auditLength(pairs),
    groups: groups.audits,
    position: auditPosition(edits),
    visualReliance: visualReliance(edits),
    bootstrap: options,
    notes: [...missing, ...notes],
  };
}

/** Returns every right response of a row against every wrong one, and the row of each pair. */
function toPairs(rows: readonly ScoredRow[]): {
  readonly pairs: readonly AuditPair[];
  readonly bases: readonly number[];
} {
  const clusters = numberClusters(rows.map(({ cluster }) => cluster));
  const bases: number[] = [];
  const pairs = rows.flatMap((row, base) =>
    pairsOf(row).map(({ preferred, other, margin }): AuditPair => {
      bases.push(base);
      return { row, cluster: clusters[base] ?? NaN, right: preferred, wrong: other, margin };
    }),
  );
  return { pairs, bases };
}

function editedScores(edited: AuditRequest["edited"]): EditedScores {
  const known = new Map<string, number>();
  for (const { planned, scores } of edited) {
    for (const [i, places] of planned.places.entries()) {
      const score = scores[i];
      if (score === undefined) continue;
      for (const { edit, response } of places) {
        known.set(JSON.stringify([planned.base, edit, response]), score);
      }
    }
  }
  return { of: (base, edit, response) => known.get(JSON.stringify([base, edit, response])) };
}

function corrected(results: readonly RawResult[]): AuditResult[] {
  const tested = results.filter(({ p }) => p !== undefined);
  const adjusted = holm(tested.map(({ p }) => p ?? NaN));
  return results.map((result) => {
    const place = tested.indexOf(result);
    const own = place < 0 ? undefined : adjusted[place];
    return { ...result, holm: own, verdict: verdictOf(result, own) };
  });
}

function verdictOf({ prompts, needed }: RawResult, own: number | undefined): AuditVerdict {
  if (prompts < FEWEST_PROMPTS || own === undefined) return "too few to say";
  if (own <= LEVEL) return "effect";
  return prompts < needed ? "too few to say" : "none seen";
}
