/**
 * How far rotary positions turn: theta, M-RoPE's sections, Llama 3's stretched frequencies.
 *
 * Published in 2025 as `rope_theta` and `rope_scaling`, by transformers 5 as `rope_parameters`.
 */
import { UnsupportedError } from "../errors.ts";
import type { Fields } from "../base/fields.ts";

/** Llama 3's scaling: low frequencies are slowed by `factor`, high ones kept, those between blended. */
export interface Llama3Scaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalMaxPositionEmbeddings: number;
}

export interface RopeConfig {
  readonly theta: number;
  /** How many pairs of a head turn by the time, row and column of a token; undefined for plain positions. */
  readonly mropeSection: readonly number[] | undefined;
  readonly llama3: Llama3Scaling | undefined;
}

export function readRope(text: Fields, headDim: number, isMrope: boolean): RopeConfig {
  const parameters = text.optionalObject("rope_parameters") ?? text.optionalObject("rope_scaling");
  const theta = parameters?.optionalNumber("rope_theta") ?? text.number("rope_theta");
  const type = parameters?.get("rope_type") ?? parameters?.get("type") ?? "default";
  const partial = parameters?.optionalNumber("partial_rotary_factor") ?? 1;
  const plain = type === "default" || (isMrope && type === "mrope");
  if ((!plain && type !== "llama3") || partial !== 1) {
    throw new UnsupportedError({
      where: text.where,
      what: "rope type is not supported",
      got: partial === 1 ? JSON.stringify(type) : `partial_rotary_factor ${partial}`,
      expected: "default, mrope or llama3",
    });
  }
  text.require("head_dim", headDim % 2 === 0, "an even number");
  return {
    theta,
    mropeSection: isMrope && parameters ? readSection(parameters, headDim) : undefined,
    llama3: type === "llama3" && parameters ? readLlama3(parameters) : undefined,
  };
}

function readSection(parameters: Fields, headDim: number): readonly number[] {
  const section = parameters.integers("mrope_section");
  const sum = section.reduce((a, b) => a + b, 0);
  const fits = section.length === 3 && sum === headDim / 2;
  parameters.require("mrope_section", fits, `three numbers that add up to ${headDim / 2}`);
  return section;
}

function readLlama3(parameters: Fields): Llama3Scaling {
  return {
    factor: parameters.number("factor"),
    lowFreqFactor: parameters.number("low_freq_factor"),
    highFreqFactor: parameters.number("high_freq_factor"),
    originalMaxPositionEmbeddings: parameters.integer("original_max_position_embeddings"),
  };
}
