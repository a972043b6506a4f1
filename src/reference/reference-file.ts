/** A reference set as a file: safetensors in F32, its numbers in the header. */
import { at } from "../base/at.ts";
import { WeightsError } from "../errors.ts";
import { headFile } from "../adapt/head-file.ts";
import type { HeadTensor } from "../adapt/head-file.ts";
import { REFERENCE_FILE } from "../checkpoint/checkpoint.ts";
import { readSafetensors } from "../checkpoint/safetensors.ts";
import type { SafetensorsHeader } from "../checkpoint/safetensors.ts";
import type { SourceFile } from "../files/source.ts";
import type { KnownKind, ReferenceSet } from "./reference-set.ts";

export { REFERENCE_FILE };

const KINDS = {
  picture: "picture",
  pictureQuestion: "picture_question",
  textQuestion: "text_question",
};
const FORM = "vl-reward reference set 1";

/** Writes a set. */
export function referenceFile(set: ReferenceSet): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, HeadTensor>([["quantiles", vector(set.quantiles)]]);
  const limits: Record<string, string> = {};
  for (const [field, name] of Object.entries(KINDS)) {
    const kind = set[field as keyof typeof KINDS];
    if (kind === undefined) continue;
    const { mean, directions, variances, restVariance } = kind.normal;
    tensors.set(`${name}.mean`, vector(mean));
    tensors.set(`${name}.variances`, vector(variances));
    const shape = [variances.length, mean.length];
    tensors.set(`${name}.directions`, { shape, values: directions });
    limits[`${name}.limit`] = String(kind.limit);
    limits[`${name}.rest_variance`] = String(restVariance);
  }
  return headFile(tensors, {
    form: FORM,
    model: set.model,
    temperature: String(set.temperature),
    pairs: String(set.pairs),
    ...limits,
  });
}

function vector(values: Float32Array): HeadTensor {
  return { shape: [values.length], values };
}

/**
 * Reads a set.
 * @throws WeightsError for a file of another kind, or with a tensor or number that is wrong
 */
export async function readReference(file: SourceFile, signal?: AbortSignal): Promise<ReferenceSet> {
  const header = await readSafetensors(file, signal, "aligned");
  const form = header.metadata.get("form");
  if (form !== FORM) {
    throw new WeightsError({ where: file.path, expected: FORM, got: form ?? "another file" });
  }
  const tensor = async (name: string): Promise<Float32Array> => {
    const entry = header.tensors.get(name);
    if (entry === undefined || entry.dtype !== "F32") {
      throw new WeightsError({
        where: `${file.path}, ${name}`,
        expected: "an F32 tensor",
        got: entry?.dtype ?? "none",
      });
    }
    const bytes = new Uint8Array(entry.end - entry.begin);
    await file.read(entry.begin, bytes, signal);
    return new Float32Array(bytes.buffer);
  };
  const kind = async (name: string): Promise<KnownKind | undefined> => {
    if (!header.tensors.has(`${name}.mean`)) return undefined;
    const [mean, variances, directions] = await Promise.all([
      tensor(`${name}.mean`),
      tensor(`${name}.variances`),
      tensor(`${name}.directions`),
    ]);
    if (directions.length !== mean.length * variances.length) {
      const expected = `[${variances.length}, ${mean.length}]`;
      throw new WeightsError({
        where: `${file.path}, ${name}.directions`,
        expected,
        got: `${directions.length} numbers`,
      });
    }
    const restVariance = positive(header, `${name}.rest_variance`);
    return {
      normal: { mean, variances, directions, restVariance },
      limit: positive(header, `${name}.limit`),
    };
  };
  const quantiles = await tensor("quantiles");
  if (quantiles.length < 2 || quantiles.some((value, i) => i > 0 && value < at(quantiles, i - 1))) {
    throw new WeightsError({
      where: `${file.path}, quantiles`,
      expected: "scores in ascending order",
    });
  }
  return {
    model: header.metadata.get("model") ?? "",
    temperature: positive(header, "temperature"),
    pairs: positive(header, "pairs"),
    quantiles,
    picture: await kind(KINDS.picture),
    pictureQuestion: await kind(KINDS.pictureQuestion),
    textQuestion: await kind(KINDS.textQuestion),
  };
}

function positive({ metadata, file }: SafetensorsHeader, name: string): number {
  const text = metadata.get(name);
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new WeightsError({
    where: `${file.path}, ${name}`,
    expected: "a number above 0",
    got: text ?? "nothing",
  });
}
