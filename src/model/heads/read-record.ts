/**
 * Reads reward.json: what the head of a model is, where it is read, how its prompt is made. Each
 * field is used or refused by name. MODEL.md describes the format.
 */
import { isObject, kindOf } from "../../base/json.ts";
import type { JsonObject } from "../../base/json.ts";
import { WeightsError } from "../../errors.ts";
import { isInside } from "../../files/source.ts";
import { PLAIN_PROMPT, ROLES } from "../../text/template/prompt-record.ts";
import type {
  PictureRules,
  PromptPart,
  PromptPiece,
  PromptRecord,
} from "../../text/template/prompt-record.ts";
import { ACTIVATIONS, AGGREGATES, RAW_OUTPUT } from "./head.ts";
import type { Head, MlpLayer, Output, ReadAt, RewardRecord } from "./head.ts";

/**
 * Returns the record.
 * @param where the file, for messages
 * @throws WeightsError naming a field that is unknown, wrong, or contradicts another
 */
export function readRecord(json: unknown, where = "reward.json"): RewardRecord {
  const root = new Reader(json, where);
  root.only("weights", "head", "passes", "read", "positions", "prompt", "output", "about");
  const weights = root.optionalText("weights");
  if (weights !== undefined && !(isInside(weights) && weights.endsWith(".safetensors"))) {
    root.fail("weights", "a file of the folder, NAME.safetensors");
  }
  const common = root.has("prompt") ? root.object("prompt") : undefined;
  const read = root.has("read") ? readAt(root.object("read")) : ({ at: "last" } as const);
  const positions = root.optionalOneOf("positions", ["mrope", "1d"] as const) ?? "mrope";
  const isList = root.has("passes");
  if (isList === root.has("head")) {
    root.fail(isList ? "passes" : "head", "either a head, or passes with a head each");
  }
  const passes = isList
    ? root.list("passes", (one, place) => {
        const pass = new Reader(one, place);
        pass.only("head", "prompt");
        const own = pass.has("prompt") ? pass.object("prompt") : undefined;
        return { head: readHead(pass.object("head")), prompt: readPrompt(common, own) };
      })
    : [{ head: readHead(root.object("head")), prompt: readPrompt(common, undefined) }];
  if (passes.length === 0) root.fail("passes", "one pass or more");
  const output = root.has("output") ? root.object("output") : undefined;
  const record: RewardRecord = {
    origin: where,
    weights,
    passes,
    read,
    positions,
    output: output
      ? readOutput(
          output,
          passes.map(({ head }) => head),
          isList,
          read,
        )
      : RAW_OUTPUT,
    isGenerative: false,
  };
  checkWhole(record, root);
  return record;
}

/** Refuses what contradicts itself. */
function checkWhole({ passes, read, output }: RewardRecord, root: Reader): void {
  const kinds = new Set(passes.map(({ head }) => head.kind));
  if (kinds.size > 1) root.fail("passes", "heads of one kind");
  const [kind] = kinds;
  if (kind !== "mlp" && passes.length > 1) root.fail("passes", "heads of the kind mlp");
  if (kind !== "mlp" && read.at !== "last") {
    root.fail("read", `{"at": "last"} for a head of the kind ${kind}`);
  }
  if (passes.length > 1 && read.at !== "last" && read.at !== "token") {
    root.fail("read", "last or token: the outputs of passes are averaged");
  }
  for (const { head } of passes) {
    const needed = output.kind === "raw" || output.kind === "sigmoid" ? 2 : 1;
    if (head.kind === "labels" && head.labels.length < needed) {
      root.fail("head", `${needed} labels or more for the output ${output.kind}`);
    }
  }
  const separators = passes.some(({ prompt }) =>
    prompt.pieces?.some((piece) => typeof piece !== "string"),
  );
  if (read.at === "separators" && !separators) {
    root.fail("read", "a prompt whose pieces have an each");
  }
}

function readAt(fields: Reader): ReadAt {
  const at = fields.oneOf("at", ["last", "unpadded", "token", "every", "separators"] as const);
  if (at === "token" || at === "every") {
    fields.only("at", "token");
    const token = fields.text("token");
    if (token === "") fields.fail("token", "the text of a token");
    return { at, token };
  }
  fields.only("at");
  return { at };
}

function readHead(fields: Reader): Head {
  const kind = fields.oneOf("kind", ["mlp", "labels", "pointer"] as const);
  if (kind === "labels") {
    fields.only("kind", "labels");
    const labels = fields.texts("labels");
    if (labels.length === 0 || new Set(labels).size < labels.length) {
      fields.fail("labels", "one text or more, all different");
    }
    return { kind, labels };
  }
  if (kind === "pointer") {
    fields.only("kind", "head_dim", "temperature", "option_isolation");
    if (fields.optionalFlag("option_isolation") === true) {
      fields.fail(
        "option_isolation",
        "false: options that do not see each other are not supported",
      );
    }
    const temperature = fields.optionalNumber("temperature") ?? 1;
    if (temperature <= 0) fields.fail("temperature", "a number above 0");
    return { kind, headDim: fields.count("head_dim"), temperature };
  }
  fields.only("kind", "layers");
  const layers = fields.list("layers", (one, place): MlpLayer => {
    const layer = new Reader(one, place);
    layer.only("name", "activation");
    const name = layer.text("name");
    if (name === "") layer.fail("name", "the name of a layer's tensors, without .weight");
    return { name, activation: layer.optionalOneOf("activation", ACTIVATIONS) };
  });
  if (layers.length === 0) fields.fail("layers", "one layer or more");
  return { kind, layers };
}

function readOutput(fields: Reader, heads: readonly Head[], isList: boolean, read: ReadAt): Output {
  const isMlp = heads.every(({ kind }) => kind === "mlp");
  const kinds = isMlp
    ? (["raw", "sigmoid", "softmax"] as const)
    : (["raw", "sigmoid", "softmax", "vocabulary"] as const);
  const kind = fields.has("kind") ? fields.oneOf("kind", kinds) : "raw";
  const ofRaw = kind === "softmax" ? [] : ["mean", "std"];
  const isAggregated = kind === "softmax" || (kind === "sigmoid" && read.at !== "last");
  const ofMlp = [
    "index",
    "names",
    ...ofRaw,
    ...(isAggregated ? ["aggregate"] : []),
    ...(isList ? ["combine"] : []),
  ];
  fields.only("kind", ...(isMlp ? ofMlp : []));
  if (isList) fields.optionalOneOf("combine", ["mean"] as const);
  if (isList && kind === "softmax") fields.fail("kind", "raw or sigmoid for passes");
  const index = fields.optionalIndex("index") ?? 0;
  const names = fields.has("names") ? fields.texts("names") : undefined;
  const std = fields.optionalNumber("std") ?? 1;
  if (std === 0) fields.fail("std", "a number other than 0");
  return {
    kind,
    index,
    mean: fields.optionalNumber("mean") ?? 0,
    std,
    aggregate: fields.optionalOneOf("aggregate", AGGREGATES),
    names,
  };
}

const PROMPT_FIELDS = [
  ...ROLES,
  "pieces",
  "defaults",
  "generation_prompt",
  "suffix",
  "pictures",
] as const;

/** Reads a prompt; the fields of a pass's own stand in place of the common ones. */
function readPrompt(common: Reader | undefined, own: Reader | undefined): PromptRecord {
  for (const fields of [common, own]) fields?.only(...PROMPT_FIELDS);
  const holder = (name: string): Reader | undefined =>
    own?.has(name) === true ? own : common?.has(name) === true ? common : undefined;
  const parts = (role: string): readonly PromptPart[] | undefined =>
    holder(role)?.list(role, readPart);
  const pieces = holder("pieces")?.list("pieces", readPiece);
  const turns = { system: parts("system"), user: parts("user"), assistant: parts("assistant") };
  if (pieces) {
    const other = [...ROLES, "generation_prompt", "suffix", "pictures"].find((name) =>
      holder(name),
    );
    if (other !== undefined)
      holder(other)?.fail(other, "nothing beside pieces, which are all text");
  }
  const defaults = holder("defaults")?.object("defaults").values ?? {};
  return {
    ...PLAIN_PROMPT,
    ...turns,
    pieces,
    defaults,
    generationPrompt: holder("generation_prompt")?.optionalFlag("generation_prompt") ?? false,
    suffix: holder("suffix")?.optionalText("suffix") ?? "",
    pictures: readPictures(holder("pictures")),
  };
}

function readPictures(holder: Reader | undefined): PictureRules {
  if (!holder) return {};
  const fields = holder.object("pictures");
  fields.only("first_resize", "min_pixels", "max_pixels", "alpha", "orientation");
  const minPixels = fields.has("min_pixels") ? fields.count("min_pixels") : undefined;
  const maxPixels = fields.has("max_pixels") ? fields.count("max_pixels") : undefined;
  if (minPixels !== undefined && maxPixels !== undefined && minPixels > maxPixels) {
    fields.fail("min_pixels", `at most max_pixels, ${maxPixels}`);
  }
  return {
    minPixels,
    maxPixels,
    firstResize: fields.optionalOneOf("first_resize", ["qwen_vl_utils"] as const),
    alpha: fields.optionalOneOf("alpha", ["white", "drop"] as const),
    orientation: fields.optionalOneOf("orientation", ["exif", "stored"] as const),
  };
}

function readPart(one: unknown, place: string): PromptPart {
  const part = new Reader(one, place);
  const kind = ["text", "image", "pages", "each", "side"].find((name) => part.has(name));
  switch (kind) {
    case "text":
      part.only("text");
      return { text: part.text("text") };
    case "image":
      part.only("image");
      return { image: part.text("image") };
    case "pages":
      part.only("pages");
      return { pages: part.text("pages") };
    case "each":
      part.only("each", "after");
      return { each: part.text("each"), after: part.text("after") };
    case "side":
      part.only("side", "empty");
      return { side: part.text("side"), empty: part.text("empty") };
    default:
      return part.fail("", "text, image, pages, each with after, or side with empty");
  }
}

function readPiece(one: unknown, place: string): PromptPiece {
  if (typeof one === "string") return one;
  const part = new Reader(one, place);
  part.only("each", "after");
  return { each: part.text("each"), after: part.text("after") };
}

/** Reads the fields of an object, with the place of each in messages. */
class Reader {
  readonly values: JsonObject;
  readonly #where: string;

  constructor(json: unknown, where: string) {
    this.#where = where;
    this.values = isObject(json) ? json : this.#refuse(where, json, "an object");
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name) && this.values[name] !== null;
  }

  /** Refuses all other fields. */
  only(...names: readonly string[]): void {
    const other = Object.keys(this.values).find((name) => !names.includes(name));
    if (other === undefined) return;
    throw new WeightsError({
      where: `${this.#where}, ${other}`,
      what: "this field is not known here",
      expected: names.join(", "),
      todo: "Remove it, or correct its name",
    });
  }

  fail(name: string, expected: string): never {
    const where = name === "" ? this.#where : `${this.#where}, ${name}`;
    return this.#refuse(where, name === "" ? this.values : this.values[name], expected);
  }

  object(name: string): Reader {
    return new Reader(this.values[name], `${this.#where}, ${name}`);
  }

  list<T>(name: string, read: (one: unknown, place: string) => T): T[] {
    const value = this.values[name];
    if (!Array.isArray(value)) return this.fail(name, "a list");
    return value.map((one, i) => read(one, `${this.#where}, ${name}[${i}]`));
  }

  text(name: string): string {
    const value = this.values[name];
    return typeof value === "string" ? value : this.fail(name, "a text");
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  texts(name: string): string[] {
    return this.list(name, (one, place) =>
      typeof one === "string" ? one : this.#refuse(place, one, "a text"),
    );
  }

  optionalFlag(name: string): boolean | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    return typeof value === "boolean" ? value : this.fail(name, "true or false");
  }

  optionalNumber(name: string): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    const isSound = typeof value === "number" && Number.isFinite(value);
    return isSound ? value : this.fail(name, "a finite number");
  }

  count(name: string): number {
    const value = this.values[name];
    const isSound = Number.isSafeInteger(value) && Number(value) >= 1;
    return isSound ? Number(value) : this.fail(name, "a whole number from 1");
  }

  optionalIndex(name: string): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    const isSound = Number.isSafeInteger(value) && Number(value) >= 0;
    return isSound ? Number(value) : this.fail(name, "a whole number from 0");
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.values[name]);
    return found ?? this.fail(name, choices.join(", "));
  }

  optionalOneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    return this.has(name) ? this.oneOf(name, choices) : undefined;
  }

  #refuse(where: string, value: unknown, expected: string): never {
    const isShort = value !== undefined && typeof value !== "object";
    throw new WeightsError({
      where,
      what: "this value is not possible",
      got: isShort ? JSON.stringify(value).slice(0, 80) : kindOf(value),
      expected,
      todo: "Correct reward.json: docs/rewards.md describes its fields",
    });
  }
}
