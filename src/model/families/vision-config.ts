// Tested by: test/model/families.test.ts
/** What the towers' parts of config.json have in common. */
import type { Fields } from "../../base/fields.ts";
import { UnsupportedError } from "../../errors.ts";
import type { DecoderConfig } from "../decoder-config.ts";
import type { VisionConfig } from "./family.ts";
import { visionActivations } from "./layer-norm-vision.ts";
import type { VisionActivation } from "./layer-norm-vision.ts";

/** The tower's frequencies are made with it; no configuration has another. */
const VISION_THETA = 10_000;

/** Reads the sizes that every tower has. */
export function readSizes(
  vision: Fields,
  decoder: DecoderConfig,
  { hidden, out }: { readonly hidden: string; readonly out: string },
): Omit<VisionConfig, "addsAfter"> {
  const config = {
    depth: vision.integer("depth"),
    hiddenSize: vision.integer(hidden),
    patchSize: vision.integer("patch_size"),
    temporalPatchSize: vision.integer("temporal_patch_size"),
    spatialMergeSize: vision.integer("spatial_merge_size"),
    outHiddenSize: vision.integer(out),
  };
  vision.require("in_channels", vision.integer("in_channels") === 3, "3");
  vision.require(out, config.outHiddenSize === decoder.hiddenSize, "hidden_size of the decoder");
  const theta = vision.optionalObject("rope_parameters")?.optionalNumber("rope_theta");
  vision.require("rope_parameters", theta === undefined || theta === VISION_THETA, "theta 10000");
  return config;
}

/** Reads the number of heads of a tower of that width. */
export function readHeads(vision: Fields, hiddenSize: number): number {
  const numHeads = vision.integer("num_heads");
  vision.require(
    "num_heads",
    hiddenSize % (4 * numHeads) === 0,
    "a divisor of the tower's width / 4: heads turn by rows and columns in pairs",
  );
  return numHeads;
}

/** Reads which activation the blocks have. */
export function readActivation(vision: Fields): VisionActivation {
  const name = vision.text("hidden_act");
  const known = visionActivations.find((own) => own === name);
  if (known !== undefined) return known;
  throw new UnsupportedError({
    where: vision.where,
    what: "hidden_act is not supported",
    got: `"${name}"`,
    expected: visionActivations.join(" or "),
  });
}
