// Tested by: test/model/families.test.ts
/**
 * Reads from config.json how far rotary positions turn: theta, the axis of each pair, slowed
 * frequencies.
 *
 * Checkpoints of 2025 have `rope_theta` and `rope_scaling`, those of transformers 5 have
 * `rope_parameters`. A family lists its types (`rope_type`); each is a function of this file, or of
 * the family's.
 */
import { UnsupportedError } from "../errors.ts";
import { Fields } from "../base/fields.ts";

/** Low frequencies are slowed by `factor`, high ones kept, those between blended. */
export interface WavelengthScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalMaxPositionEmbeddings: number;
}

export interface RopeConfig {
  readonly theta: number;
  /** Positions of a token: 1, or 3 (time, row, column). */
  readonly axes: number;
  /** The axis by which each pair of a head turns. */
  readonly pairAxes: readonly number[];
  readonly scaling: WavelengthScaling | undefined;
}

/** Reads what a `rope_type` means for a head with `pairs` pairs. */
export type RopeType = (
  parameters: Fields,
  pairs: number,
  text: Fields,
) => Omit<RopeConfig, "theta">;

/** Larger values would pass the range of f32, or make no head turn at all. */
const MAX_THETA = 1e15;

/**
 * Reads the rope of a decoder; `types` are those that its family has, by their names in
 * config.json.
 */
export function readRope(
  text: Fields,
  headDim: number,
  types: Readonly<Record<string, RopeType>>,
): RopeConfig {
  const parameters = ropeParameters(text);
  const thetaIn = parameters.get("rope_theta") === undefined ? text : parameters;
  const theta = thetaIn.number("rope_theta");
  thetaIn.require("rope_theta", theta >= 1 && theta <= MAX_THETA, "1 to 1e15");
  const type = parameters.get("rope_type") ?? parameters.get("type") ?? "default";
  const read = typeof type === "string" && Object.hasOwn(types, type) ? types[type] : undefined;
  const partial =
    parameters.optionalNumber("partial_rotary_factor") ??
    text.optionalNumber("partial_rotary_factor") ??
    1;
  if (!read || partial !== 1) {
    throw new UnsupportedError({
      where: text.where,
      what: "rope type is not supported",
      got: partial === 1 ? JSON.stringify(type) : `partial_rotary_factor ${partial}`,
      expected: Object.keys(types).join(" or "),
    });
  }
  text.require("head_dim", headDim % 2 === 0, "an even number");
  return { theta, ...read(parameters, headDim / 2, text) };
}

/**
 * Returns the object of rope's parameters, chosen between its two names as transformers 5 does;
 * empty if there is none.
 */
function ropeParameters(text: Fields): Fields {
  const older = text.optionalObject("rope_scaling");
  if (older && older.keys().length > 0) return older;
  const empty = new Fields({}, `${text.where}, rope_parameters`);
  return text.optionalObject("rope_parameters") ?? empty;
}

/** One position a token. */
export const plainRope: RopeType = (_, pairs) => ({
  axes: 1,
  pairAxes: Array.from({ length: pairs }, () => 0),
  scaling: undefined,
});

/** One position a token, low frequencies slowed. */
export const slowedRope: RopeType = (parameters, pairs, text) => {
  const factor = parameters.number("factor");
  const lowFreqFactor = parameters.number("low_freq_factor");
  const highFreqFactor = parameters.number("high_freq_factor");
  parameters.require("factor", factor >= 1, "1 or more");
  parameters.require("low_freq_factor", lowFreqFactor > 0, "a number above 0");
  parameters.require(
    "high_freq_factor",
    highFreqFactor > lowFreqFactor,
    "more than low_freq_factor",
  );
  const own = "original_max_position_embeddings";
  const originalMaxPositionEmbeddings =
    text.optionalInteger(own) ??
    parameters.optionalInteger(own) ??
    text.integer("max_position_embeddings");
  const scaling = { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings };
  return { ...plainRope(parameters, pairs, text), scaling };
};

/**
 * Pairs of each axis if the configuration does not say. Python: the same in the rotary embedding.
 */
const SECTION = [16, 24, 24];

/**
 * Three positions a token. The first pairs turn by the time, the next by the row, the last by the
 * column.
 */
export const chunkedRope: RopeType = (parameters, pairs) => {
  const section = parameters.optionalIntegers("mrope_section") ?? SECTION;
  const sum = section.reduce((a, b) => a + b, 0);
  parameters.require(
    "mrope_section",
    section.length === 3 && sum === pairs && section.every((count) => count > 0),
    `three numbers above 0 that add up to ${pairs}`,
  );
  const pairAxes = section.flatMap((count, axis) => Array.from({ length: count }, () => axis));
  return { axes: 3, pairAxes, scaling: undefined };
};
