// Tested by: test/cli/cli.browser.test.ts
/**
 * The engine behind the command line, in a page of Chrome (`page.ts`) or in this process
 * (`cli/node/`): loads a model and scores what it is handed.
 *
 * Values cross as JSON text: the protocol between Node and Chrome would replace lone surrogates,
 * and the engine must see (and refuse) them.
 */

import { pixelEdits, type PixelEdit } from "../../src/audit/picture-edits.ts";
import { Explainer } from "../../src/explain/explain.ts";
import type { ExplainOptions, ExplainRequest, Explanation } from "../../src/explain/types.ts";
import { RewardModel } from "../../src/index.ts";
import type { Source } from "../../src/files/source.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Answer as Decision } from "../../src/decide/answers.ts";
import type { DecideRequest, InputsCase, ConversationCase } from "../../src/types.ts";
import type { PictureFields } from "../batch/row-case.ts";
import { stepsInputs } from "../../src/text/template/steps.ts";
import { outputFields } from "../output/head-outputs.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import { decodeImage } from "../../src/image/decode/decode.ts";
import type {
  Conversation,
  ImageInput,
  Kernels,
  PictureDecoder,
  Progress,
  Score,
} from "../../src/types.ts";

/** Options of loading that come from the command line. */
export type PageLoadOptions = Pick<
  LoadOptions,
  | "weights"
  | "residency"
  | "memoryBudgetBytes"
  | "kernelProfile"
  | "chatTemplate"
  | "reward"
  | "orientation"
  | "alpha"
> & {
  /** A head in place of the published one. */
  readonly head?: PageHead | undefined;
};

/** Where the model is. */
interface PageFolder {
  readonly from: string;
  /** The names of its files, if it is a folder of this machine. */
  readonly files: readonly string[] | null;
  readonly options: PageLoadOptions;
}

/** A file of safetensors, in base64. */
export interface PageHead {
  readonly name: string;
  readonly base64: string;
}

/** What the page scores: conversations and cases, or questions. */
export type PageCase =
  | Conversation
  | ConversationCase
  | InputsCase
  | { readonly request: DecideRequest };

/** What Node learns of a loaded model. */
export interface Loaded {
  readonly adapter: string;
  readonly kernels: Kernels;
  /** Which fields of the model's own prompt hold pictures. */
  readonly pictureFields: PictureFields;
}

/** One score as it crosses to Node. */
export interface PageScore {
  readonly value: number;
  readonly tokenIds: readonly number[];
  readonly tokenValues: readonly number[];
  readonly images: Score["images"];
  readonly timesMs: Score["timesMs"];
  /** Tokens that were computed for questions; of a conversation its ids are counted. */
  readonly tokens?: number;
  /** What the head said besides: fields of a line of the output. */
  readonly fields: JsonObject;
}

/** A score with the state that the head read: F32, little endian, in base64. */
export interface PageFeatures extends PageScore {
  readonly features: string;
}

/** A score and the states of its input, as they cross to Node. */
export interface PageInput {
  readonly value: number;
  readonly question: readonly number[];
  /** Null without a picture. */
  readonly picture: readonly number[] | null;
}

/** A tensor of a trace: its bytes went to the sink, in this order. */
export interface TracedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The functions that Node calls; each takes and returns JSON text. */
export interface PageEngine {
  /** Loads a model: `{from, files, options}` → `Answer<Loaded>` */
  load(json: string): Promise<string>;
  /** Scores: `{cases: PageCase[], isWhole}` → `Answer<PageScore[]>` */
  score(json: string): Promise<string>;
  /** Scores with edited pictures: `{cases, edits: (PixelEdit | null)[]}` → `Answer<PageScore[]>` */
  scoreEdited(json: string): Promise<string>;
  /** Scores with features: `Conversation[]` → `Answer<PageFeatures[]>` */
  features(json: string): Promise<string>;
  /** Explains: `{request, options}` → `Answer<Explanation>` */
  explain(json: string): Promise<string>;
  /** Scores with the states of the inputs: `{cases}` → `Answer<PageInput[]>` */
  inputs(json: string): Promise<string>;
  /** Traces: `{conversation, sink}` → `Answer<TracedTensor[]>` */
  trace(json: string): Promise<string>;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: PageError };

export interface PageError {
  readonly name: string;
  readonly message: string;
}

/** What is around the engine. */
export interface PageHost {
  readonly onProgress: (progress: Progress) => void;
  readonly onWarning: (message: string) => void;
  /** Options of loading that do not come from the command line. */
  readonly options: Pick<LoadOptions, "gpu" | "decodeImage">;
  /** Returns a folder of this machine. */
  openFolder(address: string, files: readonly string[]): Source;
}

/** Makes the functions. */
export function pageEngine(host: PageHost): PageEngine & { close(): Promise<void> } {
  let model: RewardModel | undefined;
  const loaded = (): RewardModel => {
    if (model === undefined) throw new Error("page: no model is loaded");
    return model;
  };
  return {
    load: (json) =>
      answer(async (): Promise<Loaded> => {
        const { from, files, options } = JSON.parse(json) as PageFolder;
        const folder = files === null ? from : host.openFolder(from, files);
        model = await RewardModel.fromPretrained(folder, {
          ...options,
          ...host.options,
          head: options.head && headFile(options.head),
          onProgress: throttle((progress) => host.onProgress(progress)),
          onWarning: host.onWarning,
        });
        const { kernels, pictureFields } = model;
        return { adapter: model.adapter.name, kernels, pictureFields };
      }),

    score: (json) =>
      answer(async (): Promise<PageScore[]> => {
        const { cases, isWhole } = JSON.parse(json) as { cases: PageCase[]; isWhole: boolean };
        const scored = cases
          .filter((one) => Array.isArray(one) || !("request" in one))
          .map((one) => (loaded().readsSteps && isConversation(one) ? stepsInputs(one) : one));
        const options = { labelMass: isWhole };
        const scores = (await loaded().score(scored as Conversation[], options)).values();
        const results: PageScore[] = [];
        for (const one of cases) {
          if (!Array.isArray(one) && "request" in one)
            results.push(await answered(loaded(), one.request, isWhole));
          else results.push(pageScore(scores.next().value as Score));
        }
        return results;
      }),

    scoreEdited: (json) =>
      answer(async (): Promise<PageScore[]> => {
        const { cases, edits } = JSON.parse(json) as {
          cases: Conversation[];
          edits: (PixelEdit | null)[];
        };
        const editor = new PictureEditor(host.options.decodeImage);
        const edited = await Promise.all(
          cases.map((one, i) => editor.edit(one, edits[i] ?? undefined)),
        );
        return (await loaded().score(edited)).map(pageScore);
      }),

    features: (json) =>
      answer(async (): Promise<PageFeatures[]> => {
        const { cases } = JSON.parse(json) as { cases: Conversation[] };
        const scores = await loaded().score(cases, { features: true });
        return scores.map((score) => ({
          ...pageScore(score),
          features: toBase64(score.features ?? new Float32Array()),
        }));
      }),

    explain: (json) =>
      answer(async (): Promise<Explanation> => {
        const { request, options } = JSON.parse(json) as {
          request: ExplainRequest;
          options: ExplainOptions;
        };
        return await new Explainer(loaded(), request, options).run();
      }),

    inputs: (json) =>
      answer(async (): Promise<PageInput[]> => {
        const { cases } = JSON.parse(json) as { cases: Conversation[] };
        const scores = await loaded().score(cases, { features: true });
        return scores.map(({ value, inputFeatures }) => ({
          value,
          question: [...(inputFeatures?.question ?? [])],
          picture: inputFeatures?.picture === undefined ? null : [...inputFeatures.picture],
        }));
      }),

    trace: (json) =>
      answer(async (): Promise<TracedTensor[]> => {
        const parsed = JSON.parse(json) as { conversation: Conversation; sink: string };
        const traced: TracedTensor[] = [];
        for (const [name, { shape, data }] of await loaded().trace(parsed.conversation)) {
          const response = await fetch(parsed.sink, { method: "POST", body: data as BufferSource });
          if (!response.ok) throw new Error(`sink: ${name} was refused, status ${response.status}`);
          traced.push({ name, shape });
        }
        return traced;
      }),

    async close() {
      await model?.dispose();
    },
  };
}

/** Edits the pictures of conversations; what several of them share is decoded and edited once. */
class PictureEditor {
  readonly #done = new Map<string, Promise<ImageInput>>();
  readonly #decoder: PictureDecoder | undefined;

  constructor(decoder: PictureDecoder | undefined) {
    this.#decoder = decoder;
  }

  async edit(conversation: Conversation, edit: PixelEdit | undefined): Promise<Conversation> {
    if (edit === undefined) return conversation;
    return await Promise.all(
      conversation.map(async (message) => {
        if (typeof message.content === "string") return message;
        const content = message.content.map(async (part) =>
          part.type === "image" ? { ...part, image: await this.#edited(part.image, edit) } : part,
        );
        return { ...message, content: await Promise.all(content) };
      }),
    );
  }

  #edited(image: ImageInput, edit: PixelEdit): Promise<ImageInput> {
    // Node gives pictures as addresses.
    const key = `${edit} ${typeof image === "string" ? image : JSON.stringify(image)}`;
    const done =
      this.#done.get(key) ??
      decodeImage(image, undefined, "exif", "white", this.#decoder).then((pixels) =>
        pixelEdits[edit](pixels),
      );
    this.#done.set(key, done);
    return done;
  }
}

function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function headFile({ name, base64 }: PageHead): File {
  return new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name);
}

function pageScore(score: Score): PageScore {
  const { value, tokenIds, tokenValues, images, timesMs } = score;
  return {
    value,
    tokenIds: [...tokenIds],
    tokenValues: [...tokenValues],
    images,
    timesMs,
    fields: outputFields(score),
  };
}

function isConversation(one: PageCase): one is Conversation {
  return Array.isArray(one);
}

/** Answers questions. The score is the first answer's value, or the top probability of a choice. */
async function answered(
  model: RewardModel,
  request: DecideRequest,
  labelMass: boolean,
): Promise<PageScore> {
  const { answers, usage, ...tokens } = await model.decide(request, {
    labelMass,
    tokenIds: true,
  });
  const [first] = Object.values(answers);
  const value = typeof first?.value === "number" ? first.value : first?.outputs && topOf(first);
  return {
    value: value ?? Number.NaN,
    tokenIds: tokens.input_ids ?? [],
    tokenValues: [],
    images: [],
    timesMs: { images: 0, text: 0, gpu: 0, total: 0 },
    tokens: usage.input_tokens,
    fields: { answers, branches: tokens.branches },
  };
}

function topOf({ probabilities }: Decision): number {
  return Math.max(...Object.values(probabilities));
}

async function answer<T>(work: () => Promise<T>): Promise<string> {
  try {
    return JSON.stringify({ ok: true, value: await work() } satisfies Answer<T>);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return JSON.stringify({ ok: false, error: { name, message } } satisfies Answer<T>);
  }
}

/** Lets ten events a second through, and every change of stage. */
function throttle(tell: (progress: Progress) => void): (progress: Progress) => void {
  let toldAt = -Infinity;
  let toldStage: string | undefined;
  return (progress) => {
    const now = performance.now();
    if (progress.stage === toldStage && now - toldAt < 100) return;
    toldAt = now;
    toldStage = progress.stage;
    tell(progress);
  };
}
