/**
 * How a checkpoint wants its pictures: the image processor of processor_config.json or
 * preprocessor_config.json, checked.
 */
import type { PictureDecoder } from "../types.ts";
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
  /** Of red, green and blue, on a scale on which white is 1. */
  readonly imageMean: Triple;
  readonly imageStd: Triple;
  /** What a byte is multiplied with first: 1 / 255. */
  readonly rescaleFactor: number;
  /** Whose arithmetic resizes: Pillow 13's for processors named …Pil, else torchvision's. */
  readonly resize: ResizeArithmetic;
  /** Whether a picture is turned as its EXIF orientation says, or seen as it is stored. */
  readonly orientation: "exif" | "stored";
  /** Whether each picture is resized as qwen_vl_utils does before the processor resizes it. */
  readonly isResizedFirst?: boolean;
  /** Decodes files in place of the browser. */
  readonly decoder?: PictureDecoder;
  /** Whether transparent pictures are laid over white, or lose their transparency. */
  readonly alpha: "white" | "drop";
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
  orientation: "exif",
  alpha: "white",
};

/** How a family of models prepares pictures. */
export interface ImageProcessor {
  /** Its classes in transformers: `image_processor_type`. */
  readonly types: readonly string[];
  /** The values that its class takes for absent fields. */
  readonly defaults: ImageConfig;
}

/** PIL.Image.Resampling.BICUBIC */
const BICUBIC = 3;

/** Steps of the image processor that this engine always takes. */
const ALWAYS = ["do_resize", "do_rescale", "do_normalize", "do_convert_rgb"];

/** The file that transformers 5 writes, and the one of all versions before it. */
export const PROCESSOR_FILE = "processor_config.json";
export const PREPROCESSOR_FILE = "preprocessor_config.json";

/** A picture above this area fills tens of gigabytes; published models go to 12,845,056. */
const MAX_MIN_PIXELS = 2 ** 25;
/** Published means and deviations are between 0.2 and 0.6. */
const MAX_MEAN = 1000;
const MIN_STD = 1e-4;
const MAX_STD = 1000;
/** Published factors are 1/255 and 1. */
const RESCALE_RANGE = [1e-6, 1000] as const;

/**
 * Returns the image processor of a model's folder: `image_processor` in processor_config.json if
 * it is there, else preprocessor_config.json, as transformers 5.23 does.
 * @param processor the content of processor_config.json; undefined if there is none
 * @param preprocessor the content of preprocessor_config.json; undefined if there is none
 * @param family what the model's family takes; by default any class, with the usual defaults
 * @throws WeightsError if neither holds one: the defaults of the class are not the model's
 */
export function readImageConfig(
  processor: unknown,
  preprocessor: unknown,
  where: string,
  family?: ImageProcessor,
): ImageConfig {
  if (isObject(processor) && isObject(processor["image_processor"])) {
    return parsePreprocessorConfig(processor["image_processor"], PROCESSOR_FILE, family);
  }
  if (preprocessor !== undefined) {
    return parsePreprocessorConfig(preprocessor, PREPROCESSOR_FILE, family);
  }
  throw new WeightsError({
    where,
    what: "nothing says how pictures are prepared",
    expected: `${PREPROCESSOR_FILE}, or ${PROCESSOR_FILE} with image_processor`,
    todo: "Add the file that the model was published with",
  });
}

/**
 * Returns the checked fields of an image processor.
 * @param json the content of preprocessor_config.json, or an object that holds it as
 *   `image_processor`
 * @param file how errors call it
 * @param family see `readImageConfig`
 * @throws UnsupportedError for another image processor, or one with a step switched off
 * @throws WeightsError for values that make no sense
 */
export function parsePreprocessorConfig(
  json: unknown,
  file: string = PREPROCESSOR_FILE,
  family?: ImageProcessor,
): ImageConfig {
  if (!isObject(json)) throw damaged(file, "the file", json, "a JSON object");
  const nested = json["image_processor"];
  const fields: Fields = { file, values: isObject(nested) ? nested : json };
  checkSupported(fields, family);
  const { size } = fields.values;
  const sizes: Fields = { file, values: isObject(size) ? size : {} };
  const limit = (name: string, edge: string, otherwise: number): number =>
    count(fields, name, count(sizes, edge, count(sizes, name, otherwise)));
  const standard = family?.defaults ?? DEFAULT_IMAGE_CONFIG;
  const config: ImageConfig = {
    minPixels: limit("min_pixels", "shortest_edge", standard.minPixels),
    maxPixels: limit("max_pixels", "longest_edge", standard.maxPixels),
    patchSize: count(fields, "patch_size", standard.patchSize),
    temporalPatchSize: count(fields, "temporal_patch_size", standard.temporalPatchSize),
    mergeSize: count(fields, "merge_size", standard.mergeSize),
    imageMean: triple(fields, "image_mean", standard.imageMean),
    imageStd: triple(fields, "image_std", standard.imageStd),
    rescaleFactor: factor(fields, standard.rescaleFactor),
    // Those classes call Pillow's own resize: with the pinned reference that is Pillow 13's order.
    resize: String(fields.values["image_processor_type"]).endsWith("Pil")
      ? "pillow13"
      : "torchvision",
    orientation: "exif",
    alpha: "white",
  };
  if (config.minPixels > config.maxPixels) {
    throw damaged(file, "min_pixels", config.minPixels, `at most max_pixels, ${config.maxPixels}`);
  }
  if (config.minPixels > MAX_MIN_PIXELS) {
    throw damaged(file, "min_pixels", config.minPixels, `at most ${MAX_MIN_PIXELS}`);
  }
  if (config.imageMean.some((mean) => Math.abs(mean) > MAX_MEAN)) {
    throw damaged(file, "image_mean", config.imageMean, `at most ${MAX_MEAN}`);
  }
  if (config.imageStd.some((std) => std < MIN_STD || std > MAX_STD)) {
    throw damaged(file, "image_std", config.imageStd, `numbers from ${MIN_STD} to ${MAX_STD}`);
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

/**
 * Returns the rows and columns of patches.
 * @throws InputError for a picture that smart_resize refuses
 */
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

/**
 * Returns rescaling and normalising in one: value = byte * scale + shift, for red, green and blue.
 */
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

interface Fields {
  readonly file: string;
  readonly values: JsonObject;
}

function checkSupported({ file, values }: Fields, family: ImageProcessor | undefined): void {
  const type = values["image_processor_type"] ?? undefined;
  const isKnown = family?.types.some((known) => known === type) ?? true;
  if (type !== undefined && family && !isKnown) {
    throw unsupported(file, "image_processor_type", type, family.types.join(" or "));
  }
  for (const step of ALWAYS) {
    if (values[step] === false) throw unsupported(file, step, false, "true");
  }
  const resample = values["resample"] ?? BICUBIC;
  if (resample !== BICUBIC) throw unsupported(file, "resample", resample, `${BICUBIC}, bicubic`);
}

function count({ file, values }: Fields, name: string, otherwise: number): number {
  const value = values[name] ?? otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw damaged(file, name, value, "a whole number from 1");
}

function factor({ file, values }: Fields, otherwise: number): number {
  const value = values["rescale_factor"] ?? otherwise;
  const [least, most] = RESCALE_RANGE;
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw damaged(file, "rescale_factor", value, `a number from ${least} to ${most}`);
}

function triple({ file, values }: Fields, name: string, otherwise: Triple): Triple {
  const value = values[name] ?? otherwise;
  if (Array.isArray(value) && value.length === 3) {
    const [red, green, blue] = value as readonly unknown[];
    if (isFinite(red) && isFinite(green) && isFinite(blue)) return [red, green, blue];
  }
  throw damaged(file, name, value, "three numbers");
}

function isFinite(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function unsupported(file: string, field: string, got: unknown, wanted: string): UnsupportedError {
  return new UnsupportedError({
    where: `${file}, ${field}`,
    what: "this way to prepare pictures is not supported",
    got: JSON.stringify(got),
    expected: wanted,
  });
}

function damaged(file: string, field: string, got: unknown, wanted: string): WeightsError {
  return new WeightsError({
    where: `${file}, ${field}`,
    what: "not a possible value",
    got: JSON.stringify(got),
    expected: wanted,
    todo: "Use the file that the model was published with",
  });
}
