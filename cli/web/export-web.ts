// Tested by: test/cli/commands/export-web.gpu.test.ts
/**
 * Exports a model for the web: the form that loading with `weights: "q4"` makes, for any static
 * host.
 *
 *   model-q4-<id>-0000i-of-0000n.safetensors   shards, see src/checkpoint/exported.ts
 *   model.safetensors.index.json               which tensor is in which shard
 *   config.json                                the original's, and quantization_config
 *   vl-reward-export.json                      the original's files and these, with their sha256
 *   all other small files                      as they are
 *
 * Rows are quantised on the CPU, some megabytes at a time: no GPU is needed.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { isObject } from "../../src/base/json.ts";
import { EXPORT_KEY } from "../../src/checkpoint/export-facts.ts";
import { readJson } from "../../src/checkpoint/checkpoint.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { withoutPointers } from "../../src/files/lfs.ts";
import { BLOCK_LAYOUT } from "../../src/kernels/weight-forms.ts";
import type { QuantisedForm } from "../../src/kernels/weight-forms.ts";
import { openFolder } from "../../src/load/folder.ts";
import { EXPORT_METHOD } from "../../src/load/folder-kind.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { findModelFiles } from "../../src/store/layout/model-files.ts";
import { modelHash } from "../../src/store/layout/manifest.ts";
import { listFolder, localSource } from "../chrome/local-source.ts";
import { writeShard } from "./shard-file.ts";
import { planShards, type ShardPlan } from "./shards.ts";

export interface WebExportOptions {
  readonly form: QuantisedForm;
  /** Bytes of a shard's tensors at most. */
  readonly shardBytes: number;
  /** The original's commit, branch or tag. */
  readonly revision?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** What WebGPU binds on every device. */
const PART_BYTES = 128 * 2 ** 20;
const INDEX = "model.safetensors.index.json";
const REPORT = "vl-reward-export.json";
/** Weights in any format, and what lists them: written again or left out. */
const WEIGHTS = /\.(safetensors|bin|pt|pth|gguf|onnx)$|\.index\.json$|^config\.json$/;

interface HashedFile {
  readonly path: string;
  readonly byteLength: number;
  readonly sha256: string;
}

/** Writes the folder. @throws WeightsError, UnsupportedError as loading the model would */
export async function exportForWeb(
  from: string,
  to: string,
  { form, shardBytes, revision, signal, onProgress }: WebExportOptions,
): Promise<{ shards: number; bytes: number }> {
  const names = await listFolder(from);
  const list = async (): Promise<string[]> => names.filter((name) => !name.includes("/"));
  const source = { ...withoutPointers(localSource(from)), list };
  const { config, reward, checkpoint, text, close } = await openFolder(source, { signal });
  try {
    if (checkpoint.exported) throw exportedAlready(from, checkpoint.exported.form);
    await text;
    const partBytes = Math.min(PART_BYTES, shardBytes);
    const table = new WeightTable(checkpoint, partBytes, form);
    modelWeights(table, config, reward);
    table.check();
    const original = await hashFiles(from, await modelPaths(source, signal), signal, onProgress);
    const madeOf = modelHash(original);
    const id = exportId([madeOf, form, BLOCK_LAYOUT, partBytes, shardBytes]);
    await mkdir(path.dirname(to), { recursive: true });
    // Beside the output, so that the last step is a rename.
    const temporary = await mkdtemp(`${to}.part-`);
    try {
      const plan = planShards(table, shardBytes);
      const facts = { form, layout: String(BLOCK_LAYOUT), part_bytes: String(partBytes) };
      const metadata = { format: "vl-reward", [EXPORT_KEY]: id, ...facts, made_of: madeOf };
      const written = await writeShards(temporary, plan, {
        id,
        form,
        metadata,
        signal,
        onProgress,
      });
      await writeConfig(source, temporary, { ...facts, made_of: madeOf, export: id });
      const copied = await copySmallFiles(from, names, temporary);
      const files = ["config.json", INDEX, ...copied, ...written.paths];
      const hashed = await hashFiles(temporary, files.toSorted(), signal, () => {});
      const name = path.basename(path.resolve(from));
      await writeJson(path.join(temporary, REPORT), {
        export: id,
        ...facts,
        original: { name, revision, sha256: madeOf, files: original },
        files: hashed,
      });
      signal.throwIfAborted();
      // A temporary folder is its owner's alone; a server reads this one.
      await chmod(temporary, 0o755);
      await rename(temporary, to);
      const bytes = hashed.reduce((sum, { byteLength }) => sum + byteLength, 0);
      return { shards: plan.shards.length, bytes };
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } finally {
    await close();
  }
}

function exportedAlready(where: string, form: string): UnsupportedError {
  return new UnsupportedError({
    where,
    what: `is an export in ${form} already`,
    todo: "Export the original model: a form cannot be made of another",
  });
}

async function modelPaths(
  source: Parameters<typeof findModelFiles>[0],
  signal: AbortSignal,
): Promise<string[]> {
  return (await findModelFiles(source, signal)).files.map((file) => file.path);
}

function exportId(facts: readonly (string | number)[]): string {
  return createHash("sha256").update(facts.join("\n")).digest("hex").slice(0, 12);
}

async function writeShards(
  folder: string,
  { shards, pieced }: ShardPlan,
  options: Pick<WebExportOptions, "form" | "signal" | "onProgress"> & {
    readonly id: string;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Promise<{ paths: string[] }> {
  const { id, form, metadata, signal, onProgress } = options;
  const weightMap: Record<string, string> = {};
  const paths: string[] = [];
  let total = 0;
  for (const [i, shard] of shards.entries()) {
    const place = `${fiveDigits(i + 1)}-of-${fiveDigits(shards.length)}`;
    const file = `model-${form}-${id}-${place}.safetensors`;
    onProgress(`${file}: ${shard.tensors.length} tensors`);
    const own = Object.fromEntries(
      [...pieced].filter(([name]) => shard.tensors.some((one) => one.name.startsWith(`${name}#`))),
    );
    const facts = {
      ...metadata,
      shard: `${i + 1} of ${shards.length}`,
      chunk_bytes: String(shard.chunkBytes),
      ...(Object.keys(own).length > 0 && { pieces: JSON.stringify(own) }),
    };
    await writeShard(path.join(folder, file), shard, facts, signal);
    paths.push(file);
    for (const { name, byteLength } of shard.tensors) {
      weightMap[name] = file;
      total += byteLength;
    }
  }
  await writeJson(path.join(folder, INDEX), {
    metadata: { total_size: total, [EXPORT_KEY]: id },
    weight_map: weightMap,
  });
  return { paths };
}

function fiveDigits(count: number): string {
  return String(count).padStart(5, "0");
}

/** Other engines refuse the folder by `quantization_config`, and read no bytes as numbers. */
async function writeConfig(
  source: Parameters<typeof readJson>[0],
  folder: string,
  facts: Readonly<Record<string, string>>,
): Promise<void> {
  const config = await readJson(source, "config.json");
  if (!isObject(config)) throw new Error("config.json was checked");
  const quantised = { quant_method: EXPORT_METHOD, ...facts };
  await writeJson(path.join(folder, "config.json"), { ...config, quantization_config: quantised });
}

/** Copies files of the folder itself, and named templates. */
async function copySmallFiles(
  from: string,
  names: readonly string[],
  to: string,
): Promise<string[]> {
  const copied: string[] = [];
  for (const name of names) {
    const isTemplate = /^additional_chat_templates\/[^/]+\.jinja$/.test(name);
    const isSmall = !name.includes("/") && !WEIGHTS.test(name) && !name.startsWith(".");
    if (!(isTemplate || isSmall) || name === REPORT) continue;
    if (!(await stat(path.join(from, name))).isFile()) continue;
    await mkdir(path.dirname(path.join(to, name)), { recursive: true });
    await copyFile(path.join(from, name), path.join(to, name));
    copied.push(name);
  }
  return copied;
}

async function hashFiles(
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<HashedFile[]> {
  const hashed: HashedFile[] = [];
  for (const name of paths) {
    onProgress(`${name}: its hash`);
    const hash = createHash("sha256");
    let byteLength = 0;
    for await (const piece of createReadStream(path.join(folder, name))) {
      signal.throwIfAborted();
      hash.update(piece as Buffer);
      byteLength += (piece as Buffer).length;
    }
    hashed.push({ path: name, byteLength, sha256: hash.digest("hex") });
  }
  return hashed;
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
