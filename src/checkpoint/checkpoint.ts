/**
 * A checkpoint: the tensors of a folder by name, in any of its files.
 *
 *     model.safetensors, or model.safetensors.index.json and its shards;
 *     value_head.safetensors, if there is one
 *
 * Only headers are read here. The value head has its own file because TRL or LLaMA-Factory trained
 * it on top of a model; the index does not list it. It may be in a shard as well.
 */
import { WeightsError } from "../errors.ts";
import { floatDtypes } from "./dtype.ts";
import {
  expectEnd,
  jsonCursor,
  jsonFault,
  quote,
  readMembers,
  readString,
  skipValue,
} from "../base/json-scan.ts";
import { readSafetensors } from "./safetensors.ts";
import { EXPORT_KEY } from "./export-facts.ts";
import type { ExportFacts } from "./export-facts.ts";
import type { SafetensorsHeader, TensorEntry } from "./safetensors.ts";
import { isInside } from "../files/source.ts";
import type { Source, SourceFile } from "../files/source.ts";
import { withPlainNames } from "./tensor-names.ts";
import { readText, refuseHtml } from "../files/text-file.ts";

export type { TensorEntry } from "./safetensors.ts";
export { readJson } from "../files/text-file.ts";

export interface Checkpoint {
  readonly source: Source;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Bytes of all tensors but `lm_head.weight`, which is never read. */
  readonly totalBytes: number;
  /** What an export for the web says of itself; undefined for other checkpoints. */
  readonly exported?: ExportFacts | undefined;
}

/** A tensor that a model asks for. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export const SINGLE_FILE = "model.safetensors";
export const INDEX_FILE = "model.safetensors.index.json";
export const VALUE_HEAD_FILE = "value_head.safetensors";
/** TRL's value head as a pickle: `pickle.ts` reads it. */
export const PICKLED_HEAD = "value_head.bin";
/** What a folder says of its reward: see model/heads/read-record.ts. */
export const RECORD_FILE = "reward.json";
/** By what the scores of a model are read: see reference/reference-file.ts. It has no weights. */
export const REFERENCE_FILE = "reference.safetensors";
/** The one file of HPSv3, which has the whole model. */
export const LONE_FILE = "HPSv3.safetensors";
/** Heads that were trained on top of a model have a file of their own. */
export const HEAD_FILES: readonly string[] = [VALUE_HEAD_FILE, "head.safetensors"];

/** An index of this size has a million tensors. */
const MAX_INDEX_BYTES = 64_000_000;
/** As in Hugging Face's JavaScript hub. */
const MAX_SHARDS = 10_000;
/** Headers that are fetched in parallel. */
const PARALLEL = 8;
/** Names that a message lists before "and N more". */
const LISTED = 10;

/**
 * Finds the files of a checkpoint and reads their headers.
 * @throws WeightsError if files or tensors are missing, doubled or damaged; all
 *   missing shards are in one error
 */
export async function openCheckpoint(
  source: Source,
  {
    signal,
    weights,
  }: {
    readonly signal?: AbortSignal | undefined;
    /** The file of weights, if reward.json names one. */
    readonly weights?: Promise<string | undefined> | undefined;
  } = {},
): Promise<Checkpoint> {
  const { files, weightMap, missing } = await findFiles(source, signal, weights);
  const found = await readHeaders(files, signal);
  // Its code is loaded for exports only.
  const exports = found.some(({ metadata }) => metadata.has(EXPORT_KEY))
    ? await import("./exported.ts")
    : undefined;
  const opened = exports?.openExport(source.name, found);
  if (missing !== undefined && !opened) throw missingShards(source, [missing], 1);
  const headers = opened?.headers ?? found;
  const repeats = await findEqualRepeats(headers, signal);
  const stored = mergeTensors(source.name, headers, repeats);
  for (const tensor of await readPickledHead(source, stored, signal)) {
    stored.set(tensor.name, tensor);
  }
  checkWeightMap(source.name, weightMap, stored, repeats);
  const whole = opened ? exports?.joinPieces(source.name, stored, opened.pieced) : undefined;
  const tensors = withPlainNames(source.name, whole ?? stored);
  let totalBytes = 0;
  for (const { name, begin, end } of tensors.values()) {
    if (name !== "lm_head.weight") totalBytes += end - begin;
  }
  return { source, tensors, totalBytes, exported: opened?.facts };
}

/** Layers by which a checkpoint has a head already: a pickle beside it is the same head. */
const HEAD_TENSORS = ["v_head.summary.weight", "score.weight"];

/**
 * Returns the tensors of TRL's value head in a pickle, if the other files have no head.
 * @throws WeightsError if the file holds anything but tensors
 */
async function readPickledHead(
  source: Source,
  tensors: { has: (name: string) => boolean },
  signal: AbortSignal | undefined,
): Promise<readonly TensorEntry[]> {
  if (HEAD_TENSORS.some((name) => tensors.has(name))) return [];
  const file = await source.open(PICKLED_HEAD, signal);
  if (!file) return [];
  const { readPickle } = await import("./pickle.ts");
  return await readPickle(file, signal);
}

/** Returns the files that hold tensors, and the shard of each by the index (empty without one). */
async function findFiles(
  source: Source,
  signal: AbortSignal | undefined,
  namedFile: Promise<string | undefined> | undefined,
): Promise<{
  files: SourceFile[];
  weightMap: ReadonlyMap<string, string>;
  /** The file that reward.json names, if the folder lacks it: an export has its tensors. */
  missing?: string | undefined;
}> {
  const [single, named, ...found] = await Promise.all([
    source.open(SINGLE_FILE, signal),
    namedFile,
    ...HEAD_FILES.map((path) => source.open(path, signal)),
  ]);
  const heads = found.filter((file) => file !== undefined);
  if (named !== undefined && named !== SINGLE_FILE) {
    const file = await source.open(named, signal);
    // A quantised copy has one file of all tensors, an export for the web has shards.
    const weights = file ?? single;
    if (weights) return { files: [weights, ...heads], weightMap: new Map() };
  }
  // transformers prefers the single file too.
  if (single) return { files: [single, ...heads], weightMap: new Map() };
  const weightMap = await readIndex(source, signal);
  const missing = named === SINGLE_FILE ? undefined : named;
  if (weightMap === undefined) {
    if (missing !== undefined) throw missingShards(source, [missing], 1);
    const lone = await source.open(LONE_FILE, signal);
    if (lone) return { files: [lone, ...heads], weightMap: new Map() };
    const { noWeights } = await import("./missing-files.ts");
    throw await noWeights(source, signal);
  }
  const paths = new Set(weightMap.values());
  const shards = await openShards(source, [...paths], signal);
  const all = [...shards, ...heads.filter(({ path }) => !paths.has(path))];
  return { files: all, weightMap, missing };
}

/**
 * Returns the shard of each tensor by the index; undefined if there is no index.
 * @throws WeightsError if the index is damaged or names a file outside the folder
 */
export async function readIndex(
  source: Source,
  signal?: AbortSignal,
  path: string = INDEX_FILE,
): Promise<ReadonlyMap<string, string> | undefined> {
  const text = await readText(source, path, { maxBytes: MAX_INDEX_BYTES, signal });
  if (text === undefined) return undefined;
  const where = `${source.name}, ${path}`;
  refuseHtml(text, where);
  const cursor = jsonCursor(text, where);
  let weightMap: Map<string, string> | undefined;
  readMembers(cursor, (key) => {
    if (key !== "weight_map") return skipValue(cursor);
    const map = new Map<string, string>();
    readMembers(cursor, (name) => map.set(name, readString(cursor)));
    weightMap = map;
  });
  expectEnd(cursor);
  if (weightMap === undefined) throw jsonFault(cursor, 'lacks "weight_map"');
  const paths = new Set(weightMap.values());
  for (const shard of paths) {
    if (isInside(shard)) continue;
    const what = "names a shard outside the folder";
    throw new WeightsError({ where, what, got: quote(shard), todo: "Do not use this checkpoint" });
  }
  if (paths.size === 0 || paths.size > MAX_SHARDS) {
    const wanted = `1 to ${MAX_SHARDS.toLocaleString("en-US")}`;
    const todo = "Download the file again";
    throw new WeightsError({
      where,
      what: "names no usable shards",
      got: paths.size,
      expected: wanted,
      todo,
    });
  }
  return weightMap;
}

async function openShards(
  source: Source,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<SourceFile[]> {
  const files = await inParallel(paths, (path) => source.open(path, signal));
  const missing = paths.filter((_, i) => files[i] === undefined);
  if (missing.length > 0) throw missingShards(source, missing, paths.length);
  return files.filter((file) => file !== undefined);
}

function missingShards(source: Source, missing: readonly string[], count: number): WeightsError {
  return new WeightsError({
    where: source.name,
    what: `${missing.length} of ${count} shards are missing: ${list(missing)}`,
    todo: "Download them into the folder",
  });
}

async function readHeaders(
  files: readonly SourceFile[],
  signal: AbortSignal | undefined,
): Promise<SafetensorsHeader[]> {
  return await inParallel(files, (file) => readSafetensors(file, signal));
}

/** Repeats above this size are not compared: a value head has a few kilobytes. */
const MAX_REPEAT_BYTES = 4_000_000;

/**
 * Returns the tensors that an earlier file holds with the same bytes. This happens if a value head
 * was saved both in a shard and in its own file.
 */
async function findEqualRepeats(
  headers: readonly SafetensorsHeader[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<TensorEntry>> {
  const first = new Map<string, TensorEntry>();
  const repeats = new Set<TensorEntry>();
  for (const tensor of headers.flatMap((header) => [...header.tensors.values()])) {
    const other = first.get(tensor.name);
    if (other === undefined) first.set(tensor.name, tensor);
    else if (await hasSameBytes(other, tensor, signal)) repeats.add(tensor);
  }
  return repeats;
}

async function hasSameBytes(
  a: TensorEntry,
  b: TensorEntry,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const byteLength = a.end - a.begin;
  if (a.dtype !== b.dtype || byteLength !== b.end - b.begin) return false;
  if (a.shape.join() !== b.shape.join() || byteLength > MAX_REPEAT_BYTES) return false;
  const [left, right] = await Promise.all(
    [a, b].map(async ({ file, begin }) => {
      const bytes = new Uint8Array(byteLength);
      await file.read(begin, bytes, signal);
      return bytes;
    }),
  );
  return left?.every((byte, i) => byte === right?.[i]) ?? false;
}

/**
 * Returns the tensors of all files by name.
 * @param repeats tensors that are left out: another file holds the same
 * @throws WeightsError if a tensor is in two files: nothing says which one counts
 */
export function mergeTensors(
  where: string,
  headers: readonly Pick<SafetensorsHeader, "tensors">[],
  repeats: ReadonlySet<TensorEntry> = new Set(),
): Map<string, TensorEntry> {
  const tensors = new Map<string, TensorEntry>();
  const doubled: string[] = [];
  for (const tensor of headers.flatMap((header) => [...header.tensors.values()])) {
    if (repeats.has(tensor)) continue;
    const other = tensors.get(tensor.name);
    if (other) doubled.push(`${quote(tensor.name)} in ${other.file.path} and ${tensor.file.path}`);
    tensors.set(tensor.name, tensor);
  }
  if (doubled.length > 0) {
    const what = `tensors are in two files: ${list(doubled)}`;
    throw new WeightsError({ where, what, todo: "Download the folder again, into an empty place" });
  }
  return tensors;
}

/**
 * Checks that each tensor is in the shard that the index names.
 * @param repeats tensors that another file holds as well
 * @throws WeightsError that lists those which are not
 */
export function checkWeightMap(
  where: string,
  weightMap: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, TensorEntry>,
  repeats: ReadonlySet<TensorEntry> = new Set(),
): void {
  const repeated = new Set([...repeats].map(({ name, file }) => `${file.path}/${name}`));
  const wrong = [...weightMap].filter(
    ([name, path]) => tensors.get(name)?.file.path !== path && !repeated.has(`${path}/${name}`),
  );
  if (wrong.length === 0) return;
  const shown = wrong.map(([name, path]) => `${quote(name)} in ${path}`);
  throw new WeightsError({
    where: `${where}, ${INDEX_FILE}`,
    what: `lists tensors that are not in their shards: ${list(shown)}`,
    todo: "Download the index and the shards again, of the same revision",
  });
}

/**
 * Returns the entries of the expected tensors, in their order.
 * @throws WeightsError that lists all that are missing, have another shape, or a dtype that is not
 *   among `dtypes`
 */
export function requireTensors(
  checkpoint: Checkpoint,
  expected: readonly ExpectedTensor[],
  dtypes: readonly string[] = floatDtypes,
): TensorEntry[] {
  const faults: string[] = [];
  const entries: TensorEntry[] = [];
  for (const { name, shape } of expected) {
    const entry = checkpoint.tensors.get(name);
    const fault = entry ? tensorFault(entry, shape, dtypes) : "is missing";
    if (fault !== undefined) faults.push(`${quote(name)} ${fault}`);
    else if (entry) entries.push(entry);
  }
  if (faults.length === 0) return entries;
  const count = `${faults.length} of ${expected.length} tensors`;
  throw new WeightsError({
    where: checkpoint.source.name,
    what: `${count} are not as the configuration says: ${list(faults, "; ")}`,
    todo: "Check that config.json and the weights are of the same model",
  });
}

function tensorFault(
  { shape, dtype }: TensorEntry,
  wanted: readonly number[],
  dtypes: readonly string[],
): string | undefined {
  if (!isSameShape(shape, wanted))
    return `has shape [${shape.join(", ")}], expected [${wanted.join(", ")}]`;
  if (!dtypes.includes(dtype)) return `has dtype ${dtype}, expected ${dtypes.join(" or ")}`;
  return undefined;
}

/** Returns whether two shapes are equal; undefined equals undefined. */
export function isSameShape(
  shape: readonly number[] | undefined,
  wanted: readonly number[],
): boolean {
  return shape?.length === wanted.length && shape.every((count, i) => count === wanted[i]);
}

/** Returns the tensors that nothing asked for and no rule of `ignored` knows, for one warning. */
export function unexpectedTensors(
  checkpoint: Checkpoint,
  expected: Iterable<string>,
  ignored: readonly (string | RegExp)[] = [],
): string[] {
  const known = new Set(expected);
  const isIgnored = (name: string): boolean =>
    ignored.some((rule) => (typeof rule === "string" ? rule === name : rule.test(name)));
  return [...checkpoint.tensors.keys()].filter((name) => !known.has(name) && !isIgnored(name));
}

/** Returns the first ten items, with "and N more" after them. */
export function list(items: readonly string[], separator = ", "): string {
  const first = items.slice(0, LISTED).join(separator);
  return items.length > LISTED ? `${first} and ${items.length - LISTED} more` : first;
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let begin = 0; begin < items.length; begin += PARALLEL) {
    results.push(...(await Promise.all(items.slice(begin, begin + PARALLEL).map(work))));
  }
  return results;
}
