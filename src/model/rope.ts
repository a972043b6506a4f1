/**
 * How far rotary positions turn, read from config.json: theta, the axis of each pair, slowed frequencies.
 *
 * Published in 2025 as `rope_theta` and `rope_scaling`, by transformers 5 as `rope_parameters`.
 * A family lists the types (`rope_type`) that it has; each is a function of this file, or of its own.
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

/** Reads what a `rope_type` means for a head with so many pairs. */
export type RopeType = (parameters: Fields, pairs: number) => Omit<RopeConfig, "theta">;

/** Reads the rope of a decoder; `types` are those that its family has, by their names in config.json. */
export function readRope(
  text: Fields,
  headDim: number,
  types: Readonly<Record<string, RopeType>>,
): RopeConfig {
  const parameters =
    text.optionalObject("rope_parameters") ??
    text.optionalObject("rope_scaling") ??
    new Fields({}, `${text.where}, rope_parameters`);
  const theta = parameters.optionalNumber("rope_theta") ?? text.number("rope_theta");
  const type = parameters.get("rope_type") ?? parameters.get("type") ?? "default";
  const read = typeof type === "string" && Object.hasOwn(types, type) ? types[type] : undefined;
  const partial = parameters.optionalNumber("partial_rotary_factor") ?? 1;
  if (!read || partial !== 1) {
    throw new UnsupportedError({
      where: text.where,
      what: "rope type is not supported",
      got: partial === 1 ? JSON.stringify(type) : `partial_rotary_factor ${partial}`,
      expected: Object.keys(types).join(" or "),
    });
  }
  text.require("head_dim", headDim % 2 === 0, "an even number");
  return { theta, ...read(parameters, headDim / 2) };
}

/** One position a token. */
export const plainRope: RopeType = (_, pairs) => ({
  axes: 1,
  pairAxes: Array.from({ length: pairs }, () => 0),
  scaling: undefined,
});

/** One position a token, low frequencies slowed. Python: _compute_llama3_parameters. */
export const slowedRope: RopeType = (parameters, pairs) => ({
  ...plainRope(parameters, pairs),
  scaling: {
    factor: parameters.number("factor"),
    lowFreqFactor: parameters.number("low_freq_factor"),
    highFreqFactor: parameters.number("high_freq_factor"),
    originalMaxPositionEmbeddings: parameters.integer("original_max_position_embeddings"),
  },
});

/** Three positions a token. The first pairs turn by the time, the next by the row, the last by the column. */
export const chunkedRope: RopeType = (parameters, pairs) => {
  const section = parameters.integers("mrope_section");
  const sum = section.reduce((a, b) => a + b, 0);
  parameters.require(
    "mrope_section",
    section.length === 3 && sum === pairs,
    `three numbers that add up to ${pairs}`,
  );
  const pairAxes = section.flatMap((count, axis) => Array.from({ length: count }, () => axis));
  return { axes: 3, pairAxes, scaling: undefined };
};
