/**
 * Checks that safetensors files and checkpoints are whole and well formed. It reads headers only:
 * no tensors, and it needs no GPU.
 */
import { RewardError, WeightsError } from "../errors.ts";
import { checkWeightMap, list, mergeTensors, readIndex } from "./checkpoint.ts";
import { INDEX_FILE, SINGLE_FILE, VALUE_HEAD_FILE } from "./checkpoint.ts";
import { readSafetensors } from "./safetensors.ts";
import type { SafetensorsHeader } from "./safetensors.ts";
import type { Source, SourceFile } from "../files/source.ts";

/** The verdict on one file. */
export interface FileVerdict {
  readonly file: string;
  readonly ok: boolean;
  /** What is wrong; undefined if the file is good. */
  readonly error?: string;
}

/** Checks one safetensors file by all rules of the format. Only an abort is thrown. */
export async function verifyFile(file: SourceFile, signal?: AbortSignal): Promise<FileVerdict> {
  return (await inspect(file, signal)).verdict;
}

/**
 * Checks the weights of a folder: every safetensors file, the index, and that each tensor is in the
 * shard that the index names. A folder without weights gets a verdict too, under its own name. Only
 * an abort is thrown.
 * @param paths all files of the folder, if the caller can list them: safetensors files that the
 *   index does not name are checked as well
 */
export async function verifyFolder(
  source: Source,
  paths: readonly string[] = [],
  signal?: AbortSignal,
): Promise<FileVerdict[]> {
  const { weightMap, verdict: index } = await inspectIndex(source, signal);
  const shards = new Set(weightMap?.values());
  const extra = paths.filter((path) => path.endsWith(".safetensors"));
  const candidates = new Set([...shards, SINGLE_FILE, VALUE_HEAD_FILE, ...extra]);
  const verdicts: FileVerdict[] = [];
  const headers: SafetensorsHeader[] = [];
  for (const path of candidates) {
    const { verdict, header } = await inspectPath(source, path, signal);
    if (verdict !== undefined) verdicts.push(verdict);
    else if (shards.has(path)) verdicts.push(reportMissing(path));
    const isOfModel = shards.has(path) || path === VALUE_HEAD_FILE;
    if (header && isOfModel) headers.push(header);
  }
  if (index === undefined) {
    return verdicts.some(({ file }) => file.endsWith(".safetensors"))
      ? verdicts
      : [reportEmpty(source)];
  }
  return [crossCheck(source, index, weightMap, headers), ...verdicts];
}

interface Inspection {
  /** Undefined if there is no such file. */
  readonly verdict?: FileVerdict;
  readonly header?: SafetensorsHeader;
}

async function inspectPath(
  source: Source,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Inspection> {
  try {
    const file = await source.open(path, signal);
    return file ? await inspect(file, signal) : {};
  } catch (error) {
    return { verdict: reportBad(path, error) };
  }
}

async function inspect(
  file: SourceFile,
  signal: AbortSignal | undefined,
): Promise<{ verdict: FileVerdict; header?: SafetensorsHeader }> {
  try {
    const header = await readSafetensors(file, signal);
    return { verdict: { file: file.path, ok: true }, header };
  } catch (error) {
    return { verdict: reportBad(file.path, error) };
  }
}

async function inspectIndex(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<{ weightMap?: ReadonlyMap<string, string>; verdict?: FileVerdict }> {
  try {
    const weightMap = await readIndex(source, signal);
    return weightMap ? { weightMap, verdict: { file: INDEX_FILE, ok: true } } : {};
  } catch (error) {
    return { verdict: reportBad(INDEX_FILE, error) };
  }
}

/** Returns the index's verdict once its shards are known. Bad shards do not make the index bad. */
function crossCheck(
  source: Source,
  index: FileVerdict,
  weightMap: ReadonlyMap<string, string> | undefined,
  headers: readonly SafetensorsHeader[],
): FileVerdict {
  if (weightMap === undefined) return index;
  const read = new Set(headers.map(({ file }) => file.path));
  const checkable = new Map([...weightMap].filter(([, path]) => read.has(path)));
  try {
    checkWeightMap(source.name, checkable, mergeTensors(source.name, headers));
    return index;
  } catch (error) {
    return reportBad(INDEX_FILE, error);
  }
}

/** Returns a bad verdict for an error of ours. Anything else, an abort or a defect, is thrown. */
function reportBad(file: string, error: unknown): FileVerdict {
  if (error instanceof RewardError) return { file, ok: false, error: error.message };
  throw error;
}

function reportMissing(path: string): FileVerdict {
  const where = `${INDEX_FILE}, ${path}`;
  const todo = "Download it into the folder";
  const error = new WeightsError({ where, what: "the shard is missing", todo });
  return { file: path, ok: false, error: error.message };
}

function reportEmpty(source: Source): FileVerdict {
  const wanted = list([SINGLE_FILE, INDEX_FILE], " or ");
  const todo = "Check the folder's name";
  const what = "there are no weights in the folder";
  const error = new WeightsError({ where: source.name, what, expected: wanted, todo });
  return { file: ".", ok: false, error: error.message };
}
