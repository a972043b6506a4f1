// Tested by: test/cli/commands/export.test.ts
/**
 * Exports a Qwen2.5-VL value-head checkpoint as vLLM's Qwen2_5_VLForSequenceClassification.
 *
 *   model-0000i-of-0000n.safetensors  tensors renamed, copied byte by byte, a shard for each file;
 *                                     the head is language_model.score, in the index as all others
 *   config.json                       architectures, num_labels 1
 *   all other small files             as they are (tokenizer, template, preprocessor)
 *
 * vLLM turns any generative model into a classifier whose head is called `score`; here the pooler
 * sits on the inner language model, and a bare `score.weight` is not found. It filters files by the
 * index, so the head is in there.
 */

import { chmod, copyFile, mkdir, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { UnsupportedError, WeightsError } from "../../src/errors.ts";
import {
  openCheckpoint,
  readJson,
  type Checkpoint,
  type TensorEntry,
} from "../../src/checkpoint/checkpoint.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { withoutPointers } from "../../src/files/lfs.ts";
import type { Source } from "../../src/files/source.ts";
import { refuseAdapter, refuseQuantised } from "../../src/load/folder-kind.ts";
import { parseConfig } from "../../src/model/config.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { listFolder, localSource } from "../chrome/local-source.ts";

export interface ExportOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

const HEAD = "v_head.summary";
const VLLM_HEAD = "language_model.score";
const ARCHITECTURE = "Qwen2_5_VLForSequenceClassification";
const INDEX = "model.safetensors.index.json";
/** Bytes that are in memory together. */
const PIECE_BYTES = 8 * 2 ** 20;
/** Weights in any format, and what lists them: written again or left out. */
const WEIGHTS = /\.(safetensors|bin|pt|pth|gguf|onnx)$|\.index\.json$|^config\.json$/;

/** Returns the name of a tensor in the new checkpoint; undefined if it is left out. */
export function vllmName(name: string): string | undefined {
  if (name === "lm_head.weight") return undefined;
  if (name.startsWith(`${HEAD}.`)) return VLLM_HEAD + name.slice(HEAD.length);
  // transformers 5 renames tensors of older checkpoints like this (conversion_mapping.py).
  if (name.startsWith("visual.")) return `model.${name}`;
  return name.replace(/^model\.(?!language_model\.|visual\.)/, "model.language_model.");
}

/** Writes the folder. @throws WeightsError, UnsupportedError for a checkpoint of another kind */
export async function exportForVllm(
  from: string,
  to: string,
  { signal, onProgress }: ExportOptions,
): Promise<{ tensors: number; bytes: number }> {
  const source = withoutPointers(localSource(from));
  await refuseAdapter(source, signal);
  const config = await readConfig(source);
  const checkpoint = await openCheckpoint(source, { signal });
  const { tensors } = checkpoint;
  if (!tensors.has(`${HEAD}.weight`)) {
    throw new WeightsError({
      where: from,
      what: "the value head is missing",
      expected: `${HEAD}.weight in value_head.safetensors, value_head.bin or a shard`,
      todo: "Export a checkpoint that was trained with a value head (TRL, LLaMA-Factory)",
    });
  }
  await checkTensors(checkpoint, config);
  await mkdir(path.dirname(to), { recursive: true });
  // Beside the output, so that the last step is a rename.
  const temporary = await mkdtemp(`${to}.part-`);
  try {
    const weightMap = await writeShards(temporary, shardsOf(tensors), { signal, onProgress });
    const bytes = [...weightMap.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    await writeIndex(temporary, weightMap, bytes);
    await writeFile(path.join(temporary, "config.json"), json(vllmConfig(config)));
    for (const file of await listFolder(from)) {
      // Only files of the folder itself: folders below it hold checkpoints of a training or the
      // hub's cache.
      if (file.includes("/") || WEIGHTS.test(file) || file.startsWith(".")) continue;
      await copyFile(path.join(from, file), path.join(temporary, file)).catch(ignoreFolder);
    }
    signal.throwIfAborted();
    // A temporary folder is its owner's alone; a server reads this one.
    await chmod(temporary, 0o755);
    await rename(temporary, to);
    return { tensors: weightMap.size, bytes };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function readConfig(source: Source): Promise<JsonObject> {
  const where = `${source.name}, config.json`;
  const config = await readJson(source, "config.json");
  refuseQuantised(config, where);
  const type = isObject(config) ? config["model_type"] : undefined;
  if (isObject(config) && type === "qwen2_5_vl") return config;
  throw new UnsupportedError({
    where,
    what: "the model is of another type",
    got: String(type),
    expected: "qwen2_5_vl",
    todo: "Text classifiers (Skywork-Reward-V2) load in vLLM as they are",
  });
}

/**
 * Checks that the tensors are those of the configuration, before anything is written.
 * @throws WeightsError that lists all that are missing or misshapen
 */
async function checkTensors(checkpoint: Checkpoint, config: JsonObject): Promise<void> {
  const table = new WeightTable(checkpoint, Number.MAX_SAFE_INTEGER);
  modelWeights(table, await parseConfig(config));
  table.check();
}

/**
 * Returns a configuration with one label. The default is two, and vLLM would compute a softmax over
 * them.
 */
function vllmConfig(config: JsonObject): JsonObject {
  return {
    ...config,
    architectures: [ARCHITECTURE],
    num_labels: 1,
    id2label: { "0": "LABEL_0" },
    label2id: { LABEL_0: 0 },
  };
}

/**
 * The content of each new file: file → tensors with their new names, in the order of their bytes.
 */
type Shards = ReadonlyMap<string, readonly { readonly name: string; readonly from: TensorEntry }[]>;

function shardsOf(tensors: ReadonlyMap<string, TensorEntry>): Shards {
  const kept = [...tensors.values()].flatMap((from) => {
    const name = vllmName(from.name);
    return name === undefined ? [] : [{ name, from }];
  });
  const names = new Set(kept.map(({ name }) => name));
  if (names.size < kept.length) {
    const what = "holds tensors under their old and their new names";
    const where = kept[0]?.from.file.path ?? "";
    throw new WeightsError({ where, what, todo: "Download the folder again" });
  }
  const files = [...new Set(kept.map(({ from }) => from.file.path))];
  return new Map(
    files.map((file, i) => [
      `model-${fiveDigits(i + 1)}-of-${fiveDigits(files.length)}.safetensors`,
      kept
        .filter(({ from }) => from.file.path === file)
        .toSorted((a, b) => a.from.begin - b.from.begin),
    ]),
  );
}

function fiveDigits(count: number): string {
  return String(count).padStart(5, "0");
}

interface Written {
  readonly file: string;
  readonly byteLength: number;
}

async function writeShards(
  folder: string,
  shards: Shards,
  { signal, onProgress }: ExportOptions,
): Promise<Map<string, Written>> {
  const weightMap = new Map<string, Written>();
  for (const [file, entries] of shards) {
    const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
    let begin = 0;
    for (const { name, from } of entries) {
      const byteLength = from.end - from.begin;
      const { dtype, shape } = from;
      header[name] = { dtype, shape, data_offsets: [begin, begin + byteLength] };
      weightMap.set(name, { file, byteLength });
      begin += byteLength;
    }
    const text = Buffer.from(JSON.stringify(header));
    // Padded with spaces, so that tensors begin at a multiple of 8.
    const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
    text.copy(padded);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(padded.length));
    const handle = await open(path.join(folder, file), "wx");
    try {
      await handle.writeFile(Buffer.concat([length, padded]));
      for (const [i, { from }] of entries.entries()) {
        onProgress(`${file}: ${i + 1} of ${entries.length} tensors`);
        for await (const piece of piecesOf(from, signal)) await handle.writeFile(piece);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  return weightMap;
}

async function* piecesOf(tensor: TensorEntry, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, tensor.end - tensor.begin));
  for (let at = tensor.begin; at < tensor.end; at += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, tensor.end - at));
    await tensor.file.read(at, piece, signal);
    yield piece;
  }
}

async function writeIndex(
  folder: string,
  weightMap: ReadonlyMap<string, Written>,
  totalBytes: number,
): Promise<void> {
  const names = [...weightMap.keys()].toSorted();
  const index = {
    metadata: { total_size: totalBytes },
    weight_map: Object.fromEntries(names.map((name) => [name, weightMap.get(name)?.file])),
  };
  await writeFile(path.join(folder, INDEX), json(index));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Ignores the error for a folder: `listFolder` names folders as well. */
function ignoreFolder(error: NodeJS.ErrnoException): void {
  if (error.code !== "EISDIR" && error.code !== "ENOTSUP" && error.code !== "EPERM") throw error;
}
