/**
 * The readers of strangers' bytes, each as one function of bytes. A reader returns, or throws an
 * error of the project; anything else is a fault.
 */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { CASE, readCase } from "../../../cli/batch/batch-rows.ts";
import { parseRow } from "../../../cli/batch/jsonl.ts";
import { readParquet } from "../../../cli/tables/parquet.ts";
import { RewardError } from "../../../src/errors.ts";
import { refuseEqualKeys } from "../../../src/base/json-scan.ts";
import { isObject } from "../../../src/base/json.ts";
import { readSafetensors } from "../../../src/checkpoint/safetensors.ts";
import { parseScores } from "../../../src/evaluate/scores.ts";
import { parseJson } from "../../../src/files/text-file.ts";
import { parsePreprocessorConfig } from "../../../src/image/config.ts";
import { readDataUrl } from "../../../src/image/decode/data-url.ts";
import { formatOf, readImageHeader } from "../../../src/image/decode/header.ts";
import { readOrientation } from "../../../src/image/decode/orientation.ts";
import { parseConfig } from "../../../src/model/config.ts";
import { valuesIn } from "../../../src/remote/routes.ts";
import { readTable } from "../../../src/rows/table-file.ts";
import { readRow } from "../../../src/rows/read-row.ts";
import { entryLine, readEntry } from "../../../src/score/journal.ts";
import { inspectJournal } from "../../../src/store/layout/journal.ts";
import { parseManifest } from "../../../src/store/layout/manifest.ts";
import { createTextProcessor, readTextFiles } from "../../../src/text/text-processor.ts";
import { chooseTemplate } from "../../../src/text/template/template-files.ts";
import { createChatTemplate } from "../../../src/text/template/chat-template.ts";
import { memoryFile, memorySource } from "../../../testing/files/node-source.ts";
import { GOLDEN_ROOT, modelFolder } from "../../../testing/golden.ts";
import { memoryDirectory, type Disk } from "../../../testing/store/memory-directory.ts";
import {
  fakeSource,
  modelFiles,
  modelPaths,
  readAll,
} from "../../../testing/store/model-fixture.ts";
import { openStore, visit } from "../../../testing/store/visit.ts";
import { repository } from "../../../tools/repository.ts";

export interface Target {
  readonly name: string;
  /** How inputs are changed: as bytes, as a text, or as JSON too. */
  readonly kind: "bytes" | "text" | "json";
  /** Of all inputs; cheap readers get more. */
  readonly share: number;
  /** Good files to begin with. */
  seeds(): Promise<readonly Uint8Array[]>;
  run(bytes: Uint8Array): Promise<void>;
}

const file = (name: string): Uint8Array => readFileSync(path.join(repository, name));
const golden = (name: string): Uint8Array => readFileSync(path.join(GOLDEN_ROOT, name));
const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const MODELS = readdirSync(path.join(GOLDEN_ROOT, "models"));

/** The files of that name of all golden models. */
function ofModels(name: string): Uint8Array[] {
  return MODELS.flatMap((model) =>
    readdirSync(modelFolder(model)).includes(name)
      ? [readFileSync(path.join(modelFolder(model), name))]
      : [],
  );
}

const safetensors: Target = {
  name: "safetensors header",
  kind: "json",
  share: 20,
  async seeds() {
    const a = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
    const b = { dtype: "BF16", shape: [], data_offsets: [4, 6] };
    const c = { dtype: "U8", shape: [1, 2], data_offsets: [6, 8] };
    const pair = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
    const small = { pair, __metadata__: { format: "pt" } };
    return [small, { "": a, b, c }].map((header) => bytesOf(JSON.stringify(header)));
  },
  /** The input is the JSON: its length and 8 bytes of tensors are put around it. */
  async run(bytes) {
    const length = Buffer.alloc(8);
    const padding = Buffer.alloc(-bytes.length & 7, " ");
    length.writeBigUInt64LE(BigInt(bytes.length + padding.length));
    const whole = Buffer.concat([length, bytes, padding, Buffer.alloc(8)]);
    await readSafetensors(memoryFile("model.safetensors", whole));
    await readSafetensors(memoryFile("model.safetensors", whole), undefined, "aligned");
  },
};

/** Runs one reader whose refusal must not keep the next from running. */
async function settled(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RewardError)) throw error;
  }
}

const safetensorsFile: Target = {
  name: "safetensors file",
  kind: "bytes",
  share: 14,
  seeds: async () => ofModels("value_head.safetensors"),
  async run(bytes) {
    await readSafetensors(memoryFile("model.safetensors", bytes));
  },
};

const json: Target = {
  name: "JSON of a checkpoint",
  kind: "text",
  share: 12,
  seeds: async () => [...ofModels("config.json"), ...ofModels("model.safetensors.index.json")],
  async run(bytes) {
    const text = utf8(bytes);
    parseJson(text, "config.json");
    refuseEqualKeys(text, "config.json");
  },
};

const config: Target = {
  name: "config.json, preprocessor_config.json",
  kind: "json",
  share: 12,
  seeds: async () => [...ofModels("config.json"), ...ofModels("preprocessor_config.json")],
  async run(bytes) {
    const value = parseJson(utf8(bytes), "config.json");
    await settled(async () => parsePreprocessorConfig(value));
    if (isObject(value) && !("image_processor_type" in value)) await parseConfig(value);
  },
};

const TALK = [
  { role: "user", content: "What is 3 plus 4, naïvely?\n" },
  { role: "assistant", content: " Seven — 7! <|im_end|> 日本" },
] as const;

/** A tokenizer without most of its merges and words: they make it large, and are all alike. */
function smallTokenizer(bytes: Uint8Array): Uint8Array {
  const whole = JSON.parse(utf8(bytes)) as {
    model: { vocab: Record<string, number>; merges: (string | [string, string])[] };
    added_tokens: { id: number }[];
  };
  const { model } = whole;
  model.merges = model.merges.slice(0, 20);
  const made = model.merges.map((merge) =>
    typeof merge === "string" ? merge.replace(" ", "") : merge.join(""),
  );
  const words = Object.keys(model.vocab).filter(
    (word) => Array.from(word).length === 1 || made.includes(word),
  );
  model.vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  for (const [i, token] of whole.added_tokens.entries()) token.id = words.length + i;
  return bytesOf(JSON.stringify(whole));
}

const tokenizer: Target = {
  name: "tokenizer.json",
  kind: "json",
  share: 8,
  seeds: async () => ofModels("tokenizer.json").map(smallTokenizer),
  async run(bytes) {
    const files = memorySource({ "tokenizer.json": bytes, "chat_template.jinja": CHATML });
    const { tokenizer: merged, templates, specialTokens } = await readTextFiles(files, {});
    const text = createTextProcessor(merged, chooseTemplate(templates, false), specialTokens, null);
    const { ids } = text.encode(TALK, []);
    text.pieces(ids);
  },
};

const CHATML =
  "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}";

const template: Target = {
  name: "chat template",
  kind: "text",
  share: 12,
  seeds: async () => [
    ...ofModels("chat_template.jinja"),
    ...readdirSync(path.join(GOLDEN_ROOT, "templates")).map((name) => golden(`templates/${name}`)),
  ],
  async run(bytes) {
    const render = createChatTemplate(utf8(bytes), { bos_token: "<s>", eos_token: "</s>" });
    render(TALK);
  },
};

const images: Target = {
  name: "pictures: header, metadata",
  kind: "bytes",
  share: 10,
  async seeds() {
    const root = path.join(repository, "test/image/field");
    const names = readdirSync(root).flatMap((kind) =>
      readdirSync(path.join(root, kind)).map((name) => path.join(root, kind, name)),
    );
    const files = names.map((name) => readFileSync(name));
    return files.filter(({ length }) => length < 20_000);
  },
  async run(bytes) {
    try {
      const { width, height } = readImageHeader(bytes);
      const opened = await formatOf(bytes).open(Uint8Array.from(bytes), [width, height]);
      if ("tags" in opened) readOrientation(opened.tags);
    } catch (error) {
      // What reads the file next turns it into an error of the picture: see decode/file.ts.
      if (!(error instanceof RangeError)) throw error;
    }
  },
};

const dataUrls: Target = {
  name: "data URLs",
  kind: "text",
  share: 4,
  seeds: async () =>
    [
      "data:image/png;base64,iVBORw0KGgo=",
      "data:,a%20b",
      "data:image/svg+xml;charset=utf-8;base64,PA",
    ].map(bytesOf),
  async run(bytes) {
    readDataUrl(utf8(bytes));
  },
};

const jsonl: Target = {
  name: "JSON lines",
  kind: "json",
  share: 12,
  async seeds() {
    const lines = utf8(golden("cases.jsonl"))
      .split("\n")
      .filter((line) => line !== "");
    const rows = [
      '{"id": 1, "prompt": "q", "chosen": "a", "rejected": "b", "images": ["x.png"]}',
      '{"id": "x", "query": "<image>q", "response": "a", "images": [{"bytes": null, "path": "p"}]}',
      '{"id": 2, "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}',
    ];
    return [...lines, ...rows].map(bytesOf);
  },
  async run(bytes) {
    const line = utf8(bytes);
    const place = "rows.jsonl, line 1";
    await settled(async () => readCase(parseRow(line, place, CASE), place));
    const row: unknown = parseJson(line, place);
    if (isObject(row)) readRow(row, place);
  },
};

const tables: Target = {
  name: "tables: CSV, JSON arrays",
  kind: "text",
  share: 4,
  seeds: async () =>
    [
      'id,prompt,chosen\n1,"a ""b""",c\r\n2,x,y\n',
      "id\tprompt\n1\tx\n",
      '[{"id": 1, "messages": []}]',
    ].map(bytesOf),
  async run(bytes) {
    for (const name of ["rows.csv", "rows.tsv", "rows.json"]) {
      await settled(() => readTable({ name, bytes: bufferOf(bytes) }));
    }
  },
};

const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

const parquet: Target = {
  name: "Parquet rows",
  kind: "bytes",
  share: 3,
  async seeds() {
    const root = "test/rows/golden";
    const names = readdirSync(path.join(repository, root)).filter((name) =>
      name.endsWith(".parquet"),
    );
    return names.map((name) => file(`${root}/${name}`)).filter(({ length }) => length < 3000);
  },
  async run(bytes) {
    const table = await readParquet({ name: "rows.parquet", bytes: bufferOf(bytes) }, 0);
    if (table.count > 0) await table.row(0);
  },
};

const scoreJournal: Target = {
  name: "journal of scores, scores of others",
  kind: "json",
  share: 8,
  seeds: async () =>
    [
      entryLine({ id: "a", digest: "00", scores: [1.5, -2] }),
      entryLine({ id: 1, digest: "ff", failure: "why" }),
      '{"judge": {"model": "x"}}',
      '{"pairs": {"a": {"x": [1, 2]}}}',
    ].map(bytesOf),
  async run(bytes) {
    const text = utf8(bytes);
    readEntry(text);
    await settled(async () => parseScores(text, "scores.jsonl", { name: "x" }));
  },
};

const answers: Target = {
  name: "answers of a server",
  kind: "json",
  share: 4,
  seeds: async () =>
    [
      '{"data": [{"index": 0, "probs": [0.5]}], "usage": {"prompt_tokens": 3}}',
      '{"data": [{"index": 0, "data": [0.5]}]}',
      '[{"embedding": [0.5]}]',
    ].map(bytesOf),
  async run(bytes) {
    const answer = parseJson(utf8(bytes), "answer");
    for (const route of ["vllm-classify", "vllm-pooling", "sglang-classify"] as const) {
      await settled(async () => valuesIn(route, "http://localhost", answer, 1));
    }
  },
};

/** A finished model and an unfinished one, as a store keeps them. */
async function storedFiles(): Promise<Disk> {
  const disk: Disk = new Map();
  await visit(disk, fakeSource(modelFiles(), { version: "1" }));
  const failing = fakeSource(modelFiles(2), {
    version: "2",
    name: "org/second@main",
    before: (_, at) => {
      if (at > 60_000) throw new Error("the network is gone");
    },
  });
  await visit(disk, failing).catch(() => {});
  return disk;
}

const storeFiles: Target = {
  name: "store: manifests, journals of downloads",
  kind: "bytes",
  share: 8,
  seeds: async () =>
    [...(await storedFiles()).values()].filter(({ length }) => length > 0 && length < 20_000),
  async run(bytes) {
    parseManifest(bytes);
    const disk: Disk = new Map([["x", bytes]]);
    const opened = await memoryDirectory(disk).open("x");
    if (opened !== undefined) await inspectJournal(opened);
  },
};

/** The input is a seed: which file of the store is damaged, and how, is drawn from it. */
let whole: Disk | undefined;
const store: Target = {
  name: "store: opened, listed, read",
  kind: "bytes",
  share: 0.4,
  async seeds() {
    whole = await storedFiles();
    return [...whole.values()].filter(({ length }) => length > 0 && length < 20_000);
  },
  async run(bytes) {
    const disk: Disk = new Map([...(whole ?? [])].map(([name, one]) => [name, one.slice()]));
    const names = [...disk.keys()];
    const sum = bytes.reduce((total, byte) => (total + byte) % 65_521, bytes.length);
    disk.set(names[sum % names.length] ?? "", bytes);
    const opened = await openStore(disk);
    await opened.list();
    opened.close();
    const stored = await visit(disk, fakeSource(modelFiles(), { version: "1" }));
    await readAll(stored, modelPaths);
    await stored.close();
  },
};

export const TARGETS: readonly Target[] = [
  safetensors,
  safetensorsFile,
  json,
  config,
  tokenizer,
  template,
  images,
  dataUrls,
  jsonl,
  tables,
  parquet,
  scoreJournal,
  answers,
  storeFiles,
  store,
];
