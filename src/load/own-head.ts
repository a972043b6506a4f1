// Tested by: test/load/own-head.gpu.test.ts
/**
 * Puts a head of the user's in the place of the published one: a small file of safetensors, as
 * `cli adapt` writes it.
 *
 * Its tensors must be the head's, under their published names and with their shapes. All else of
 * the checkpoint stays as it is.
 */
import { at } from "../base/at.ts";
import { InputError, UnsupportedError, WeightsError } from "../errors.ts";
import { isObject, kindOf } from "../base/json.ts";
import type { Checkpoint, TensorEntry } from "../checkpoint/checkpoint.ts";
import { toFloat32 } from "../checkpoint/dtype.ts";
import { readSafetensors } from "../checkpoint/safetensors.ts";
import { filesSource } from "../files/files-source.ts";
import { resolveSource } from "../files/resolve-source.ts";
import type { SourceFile } from "../files/source.ts";
import { RAW_OUTPUT, type RewardRecord } from "../model/heads/head.ts";

/** A file of safetensors: its address, or its bytes. */
export type HeadFile = string | URL | Blob | ArrayBuffer | Uint8Array;

/** The head that judges. */
export interface OwnHead {
  /** The file's name or address; "bytes" if it has none. */
  readonly name: string;
  /** `__metadata__` of the file: where it came from, as `adapt` wrote it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Returns the checkpoint with the tensors of the file in place of its own.
 * @throws InputError if `from` is not a file, WeightsError if it is not there or not a head of this
 *   model
 */
export async function withOwnHead(
  checkpoint: Checkpoint,
  from: HeadFile,
  signal?: AbortSignal,
): Promise<{
  readonly checkpoint: Checkpoint;
  readonly head: OwnHead;
  /** True for a linear head on the features, in place of a head that is more than one layer. */
  readonly isOnFeatures: boolean;
}> {
  const { file, name } = await openHead(from, signal);
  const header = await readSafetensors(file, signal);
  const tensors = new Map(checkpoint.tensors);
  const isOnFeatures = header.tensors.has(`${LINEAR_HEAD}.weight`);
  for (const [tensor, entry] of header.tensors) {
    if (!isOnFeatures) checkTensor(name, tensor, entry, checkpoint);
    tensors.set(tensor, entry);
  }
  if (header.tensors.size === 0) {
    throw new WeightsError({ where: name, expected: "the tensors of a head", got: "none" });
  }
  const own = { name, metadata: Object.fromEntries(header.metadata) };
  return { checkpoint: { ...checkpoint, tensors }, head: own, isOnFeatures };
}

/** The layer of a linear head on the features: no published model has a tensor of this name. */
export const LINEAR_HEAD = "linear_head";

/**
 * Returns the record of a model whose score is a linear head on the state that its own head reads.
 * @throws UnsupportedError for a head that reads several tokens: their states are not one
 */
export function linearRecord(reward: RewardRecord, where: string): RewardRecord {
  const [pass, another] = reward.passes;
  const isOne = reward.read.at !== "every" && reward.read.at !== "separators";
  if (pass === undefined || another !== undefined || !isOne || pass.head.kind === "pointer") {
    throw new UnsupportedError({
      where,
      what: "is a linear head on one state, and the model's own head reads several",
      todo: "Use the published head",
    });
  }
  const head = { kind: "mlp", layers: [{ name: LINEAR_HEAD }], isScalar: true } as const;
  return { ...reward, passes: [{ ...pass, head }], output: RAW_OUTPUT, isGenerative: false };
}

/** The names of a head's tensors, in any family. */
const HEAD_TENSORS = /^(language_model\.)?(v_head|score|rm_head|value_head)\./;

function checkTensor(
  where: string,
  name: string,
  { shape }: TensorEntry,
  { tensors, source }: Checkpoint,
): void {
  const published = tensors.get(name);
  if (published === undefined || !HEAD_TENSORS.test(name)) {
    const heads = [...tensors.keys()].filter((other) => HEAD_TENSORS.test(other));
    throw new WeightsError({
      where,
      expected: `tensors of the head of ${source.name}: ${heads.join(", ") || "it has none"}`,
      got: name,
      todo: "Give the file that adapt wrote for this model",
    });
  }
  if (JSON.stringify(published.shape) === JSON.stringify(shape)) return;
  throw new WeightsError({
    where: `${where}, ${name}`,
    expected: `[${published.shape.join(", ")}], as ${source.name} has it`,
    got: `[${shape.join(", ")}]`,
    todo: "Give the file that adapt wrote for this model",
  });
}

/** A published head of one linear layer: score = weight·state + bias. */
export interface LinearHead {
  /** The tensors' names in the checkpoint; a head without a bias has none. */
  readonly names: { readonly weight: string; readonly bias: string | undefined };
  /** [1, hidden], as the file has it. */
  readonly shape: readonly number[];
  readonly weight: Float32Array;
  readonly bias: number;
}

/**
 * Reads the published head, if it is one linear layer with one output; undefined for other heads.
 * @throws WeightsError if the file cannot be read
 */
export async function readLinearHead(
  { tensors }: Checkpoint,
  signal?: AbortSignal,
): Promise<LinearHead | undefined> {
  const names = [...tensors.keys()].filter((name) => HEAD_TENSORS.test(name));
  const weightName = names.find((name) => name.endsWith(".weight"));
  const biasName = names.find((name) => name.endsWith(".bias"));
  const entry = weightName === undefined ? undefined : tensors.get(weightName);
  const others = names.filter((name) => name !== weightName && name !== biasName);
  if (weightName === undefined || entry === undefined || others.length > 0) return undefined;
  if (entry.shape[0] !== 1) return undefined;
  const biasEntry = biasName === undefined ? undefined : tensors.get(biasName);
  const bias = biasEntry === undefined ? undefined : await readValues(biasEntry, signal);
  return {
    names: { weight: weightName, bias: biasName },
    shape: entry.shape,
    weight: await readValues(entry, signal),
    bias: bias === undefined ? 0 : at(bias, 0),
  };
}

async function readValues(
  { file, begin, end, dtype }: TensorEntry,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const bytes = new Uint8Array(end - begin);
  await file.read(begin, bytes, signal);
  return toFloat32(bytes, dtype);
}

async function openHead(
  from: HeadFile,
  signal: AbortSignal | undefined,
): Promise<{ readonly file: SourceFile; readonly name: string }> {
  if (typeof from === "string" || from instanceof URL) {
    const base = globalThis.location === undefined ? undefined : globalThis.location.href;
    const address = String(from);
    if (!URL.canParse(address, base)) {
      throw new InputError({ where: "head", expected: "the address of a file", got: address });
    }
    const url = new URL(address, base);
    const folder = new URL(".", url);
    const path = decodeURIComponent(url.pathname.slice(folder.pathname.length));
    const file = await resolveSource(folder, {}).open(path, signal);
    if (file !== undefined) return { file, name: path };
    throw new WeightsError({
      where: `${folder.origin}${url.pathname}`,
      what: "there is no such file",
      todo: "Give the address of a head's safetensors",
    });
  }
  const isBytes = from instanceof Blob || from instanceof ArrayBuffer || from instanceof Uint8Array;
  if (!isBytes) {
    const expected = "an address, a Blob or bytes of safetensors";
    throw new InputError({
      where: "head",
      expected,
      got: isObject(from) ? "object" : kindOf(from),
    });
  }
  const name = from instanceof File && from.name !== "" ? from.name : "bytes";
  const source = filesSource([new File([from as BlobPart], name)]);
  const file = await source.open(name, signal);
  if (file === undefined) throw new InputError({ where: "head", expected: "a file", got: "none" });
  return { file, name };
}
