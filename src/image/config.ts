/**
 * How a checkpoint wants its pictures: preprocessor_config.json, checked.
 */
import { isObject, type JsonObject } from "../base/json.ts";
import { UnsupportedError, WeightsError } from "../errors.ts";
import { smartResize } from "./resize/smart-resize.ts";
import type { ResizeArithmetic } from "./resize/taps.ts";

type Triple = readonly [number, number, number];

/** The fields of preprocessor_config.json that count. */
export interface ImageConfig {
  /** Area of a resized picture, in pixels. */
  readonly minPixels: number;
  readonly maxPixels: number;
  /** Side of a patch in pixels. */
  readonly patchSize: number;
  /** Frames in a patch; a still picture is repeated. */
  readonly temporalPatchSize: number;
  /** Patches that become one token: mergeSize × mergeSize. */
  readonly mergeSize: number;
  /** Of red, green and blue, on a scale where white is 1. */
  readonly imageMean: Triple;
  readonly imageStd: Triple;
  /** What a byte is multiplied with first: 1 / 255. */
  readonly rescaleFactor: number;
  /** Whose arithmetic resizes: Pillow's for the processors named …Pil, else torchvision's, transformers 5's default. */
  readonly resize: ResizeArithmetic;
}

/**
 * transformers' defaults of the class, for a missing file or field. The published models have a
 * larger maximum.
 */
export const DEFAULT_IMAGE_CONFIG: ImageConfig = {
  minPixels: 56 * 56,
  maxPixels: 28 * 28 * 1280,
  patchSize: 14,
  temporalPatchSize: 2,
  mergeSize: 2,
  imageMean: [0.48145466, 0.4578275, 0.40821073],
  imageStd: [0.26862954, 0.26130258, 0.27577711],
  rescaleFactor: 1 / 255,
  resize: "torchvision",
};

const TYPES: readonly unknown[] = [
  undefined,
  "Qwen2VLImageProcessor",
  "Qwen2VLImageProcessorFast",
  "Qwen2VLImageProcessorPil",
  "Qwen2_5_VLImageProcessor",
];

/** PIL.Image.Resampling.BICUBIC */
const BICUBIC = 3;

/** Steps of the image processor that this engine always takes. */
const ALWAYS = ["do_resize", "do_rescale", "do_normalize", "do_convert_rgb"];

/**
 * @param json the content of preprocessor_config.json (or of a processor_config.json that holds an
 *   `image_processor`); undefined where the model has none
 * @throws UnsupportedError for another image processor, or one with a step switched off
 * @throws WeightsError for values that make no sense
 */
export function parsePreprocessorConfig(json: unknown): ImageConfig {
  if (json === undefined) return DEFAULT_IMAGE_CONFIG;
  if (!isObject(json)) throw damaged("the file", json, "a JSON object");
  const nested = json["image_processor"];
  const fields = isObject(nested) ? nested : json;
  checkSupported(fields);
  const size = isObject(fields["size"]) ? fields["size"] : {};
  const limit = (name: string, edge: string, otherwise: number): number =>
    count(fields, name, count(size, edge, count(size, name, otherwise)));
  const standard = DEFAULT_IMAGE_CONFIG;
  const config: ImageConfig = {
    minPixels: limit("min_pixels", "shortest_edge", standard.minPixels),
    maxPixels: limit("max_pixels", "longest_edge", standard.maxPixels),
    patchSize: count(fields, "patch_size", standard.patchSize),
    temporalPatchSize: count(fields, "temporal_patch_size", standard.temporalPatchSize),
    mergeSize: count(fields, "merge_size", standard.mergeSize),
    imageMean: triple(fields, "image_mean", standard.imageMean),
    imageStd: triple(fields, "image_std", standard.imageStd),
    rescaleFactor: factor(fields["rescale_factor"], standard.rescaleFactor),
    resize: String(fields["image_processor_type"]).endsWith("Pil") ? "pillow" : "torchvision",
  };
  if (config.minPixels > config.maxPixels) {
    throw damaged("min_pixels", config.minPixels, `at most max_pixels, ${config.maxPixels}`);
  }
  if (config.imageStd.some((std) => std <= 0)) {
    throw damaged("image_std", config.imageStd, "numbers above 0");
  }
  return config;
}

/** What becomes of a picture of `width` × `height` pixels. */
export interface PatchGrid {
  readonly resizedWidth: number;
  readonly resizedHeight: number;
  /** Patches down and across. */
  readonly rows: number;
  readonly columns: number;
  readonly patches: number;
  /** Tokens in the conversation: patches / mergeSize². */
  readonly tokens: number;
}

/** @throws InputError for a picture that smart_resize refuses */
export function patchGrid(width: number, height: number, config: ImageConfig): PatchGrid {
  const { patchSize, mergeSize, minPixels, maxPixels } = config;
  const resized = smartResize(height, width, {
    factor: patchSize * mergeSize,
    minPixels,
    maxPixels,
  });
  const rows = resized.height / patchSize;
  const columns = resized.width / patchSize;
  return {
    resizedWidth: resized.width,
    resizedHeight: resized.height,
    rows,
    columns,
    patches: rows * columns,
    tokens: (rows * columns) / mergeSize ** 2,
  };
}

/** Rescaling and normalising in one: value = byte * scale + shift, for red, green and blue. */
export function normalisation({ imageMean, imageStd, rescaleFactor }: ImageConfig): {
  readonly scale: Triple;
  readonly shift: Triple;
} {
  const [red, green, blue] = imageStd;
  const [meanRed, meanGreen, meanBlue] = imageMean;
  return {
    scale: [rescaleFactor / red, rescaleFactor / green, rescaleFactor / blue],
    shift: [-meanRed / red, -meanGreen / green, -meanBlue / blue],
  };
}

function checkSupported(fields: JsonObject): void {
  const type = fields["image_processor_type"];
  if (!TYPES.includes(type ?? undefined)) {
    throw unsupported("image_processor_type", type, "Qwen2VLImageProcessor");
  }
  for (const step of ALWAYS) {
    if (fields[step] === false) throw unsupported(step, false, "true");
  }
  const resample = fields["resample"] ?? BICUBIC;
  if (resample !== BICUBIC) throw unsupported("resample", resample, `${BICUBIC}, bicubic`);
}

function count(fields: JsonObject, name: string, otherwise: number): number {
  const value = fields[name] ?? otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw damaged(name, value, "a whole number from 1");
}

function factor(value: unknown, otherwise: number): number {
  const got = value ?? otherwise;
  if (typeof got === "number" && Number.isFinite(got) && got > 0) return got;
  throw damaged("rescale_factor", got, "a number above 0");
}

function triple(fields: JsonObject, name: string, otherwise: Triple): Triple {
  const value = fields[name] ?? otherwise;
  if (Array.isArray(value) && value.length === 3) {
    const [red, green, blue] = value as readonly unknown[];
    if (isFinite(red) && isFinite(green) && isFinite(blue)) return [red, green, blue];
  }
  throw damaged(name, value, "three numbers");
}

function isFinite(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function unsupported(field: string, got: unknown, wanted: string): UnsupportedError {
  return new UnsupportedError({
    where: `preprocessor_config.json, ${field}`,
    what: "this way to prepare pictures is not supported",
    got: JSON.stringify(got),
    expected: wanted,
  });
}

function damaged(field: string, got: unknown, wanted: string): WeightsError {
  return new WeightsError({
    where: `preprocessor_config.json, ${field}`,
    what: "not a value that makes sense",
    got: JSON.stringify(got),
    expected: wanted,
    todo: "Use the file that the model was published with",
  });
}
