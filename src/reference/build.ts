// Tested by: test/reference/reference-file.test.ts
/**
 * Builds a reference set: what a model makes of labelled rows that are like those it was trained
 * on.
 *
 * The states of an outside input's response do not tell it apart: they fall together with those of
 * wrong answers. The states of its picture and of its question do. So both have a distribution, the
 * question's apart with and without a picture, and an input is outside if either is too far away.
 */
import { InputError } from "../errors.ts";
import { at } from "../base/at.ts";
import { fitTemperature } from "../preference/temperature.ts";
import type { InputFeatures } from "../types.ts";
import { distanceTo, fitNormal, LEAST_ROWS } from "./normal.ts";
import type { Normal } from "./normal.ts";
import type { KnownKind, ReferenceSet } from "./reference-set.ts";

/** One labelled row as the model saw it. */
export interface ReferenceRow {
  readonly chosenScore: number;
  readonly rejectedScore: number;
  readonly input: InputFeatures;
}

/** Parts in which rows are left out to measure the limit on rows that were not fitted. */
const FOLDS = 5;
/** This share of the left-out rows is within the limit, before the margin. */
const SHARE = 0.98;
/** The limit is wider by this factor: rows of another day are a little farther away. */
const MARGIN = 1.2;
/** Points of the distribution of scores that are kept. */
const QUANTILES = 100;

/**
 * Builds the set.
 * @param model the name of the model, which the set is for alone
 * @throws InputError for too few rows, or scores that no temperature fits
 */
export function buildReference(model: string, rows: readonly ReferenceRow[]): ReferenceSet {
  const margins = rows.map(({ chosenScore, rejectedScore }) => chosenScore - rejectedScore);
  const { temperature } = fitTemperature(margins);
  const scores = rows
    .flatMap(({ chosenScore, rejectedScore }) => [chosenScore, rejectedScore])
    .toSorted((a, b) => a - b);
  const quantiles = Float32Array.from({ length: QUANTILES + 1 }, (_, i) =>
    at(scores, Math.round((i / QUANTILES) * (scores.length - 1))),
  );
  const inputs = rows.map(({ input }) => input);
  const seeing = inputs.filter(({ picture }) => picture !== undefined);
  const reading = inputs.filter(({ picture }) => picture === undefined);
  const set = {
    model,
    temperature,
    pairs: rows.length,
    quantiles,
    picture: knownKind(seeing.flatMap(({ picture }) => (picture === undefined ? [] : [picture]))),
    pictureQuestion: knownKind(seeing.map(({ question }) => question)),
    textQuestion: knownKind(reading.map(({ question }) => question)),
  };
  if (set.pictureQuestion === undefined && set.textQuestion === undefined) {
    const expected = `${LEAST_ROWS * FOLDS} rows or more with a picture, or without`;
    throw new InputError({ where: "reference set", expected, got: `${rows.length} rows` });
  }
  return set;
}

/** Fits a kind of inputs and its limit; undefined if there are too few of them. */
function knownKind(rows: readonly Float32Array[]): KnownKind | undefined {
  if (rows.length < LEAST_ROWS * FOLDS) return undefined;
  const distances = Array.from({ length: FOLDS }, (_, fold) => {
    const others = fitNormal(rows.filter((__, i) => i % FOLDS !== fold));
    return rows.filter((__, i) => i % FOLDS === fold).map((row) => distanceTo(others, row));
  }).flat();
  const sorted = distances.toSorted((a, b) => a - b);
  const limit = MARGIN * at(sorted, Math.min(sorted.length - 1, Math.floor(SHARE * sorted.length)));
  const normal: Normal = fitNormal(rows);
  return { normal, limit };
}
