// Tested by: test/demo/sealed.browser.test.ts
/**
 * A model of the page: the published client over a sealed worker and the library beside it, the
 * reference set by which its scores are read, and the calls that only this page has.
 */
import { at } from "../../src/base/at.ts";
import type { Explanation } from "../../src/explain/types.ts";
import type { ReferenceSet } from "../../src/reference/reference-set.ts";
import { stepsOf } from "../../src/text/template/steps.ts";
import type { Conversation, Progress, Score } from "../../src/types.ts";
import { CallLine, LineClosed } from "../../src/worker/call-line.ts";
import { WorkerRewardModel } from "../../src/worker/index.ts";
import { SealedPort } from "../../src/worker/sealed-port.ts";
// oxlint-disable-next-line import/default -- Vite makes it: the address of one file
import engineUrl from "../worker.ts?worker&url";
import { EngineFault } from "../base/faults.ts";
import type { PageFault } from "../base/faults.ts";
import { words } from "../language/language.ts";
import { checkIsKept } from "./last-model.ts";
import { startLibrary } from "./library-line.ts";
import type { CallOptions } from "./library-line.ts";
import type {
  LoadedModel,
  ModelChoice,
  OwnReply,
  Requests,
  ResponseScore,
  Results,
  SolutionScore,
} from "./protocol.ts";
import { calibrationOf, readingOf } from "./reference.ts";
import { tokenSteps } from "./token-steps.ts";

export interface ClientOptions {
  readonly onProgress: (progress: Progress) => void;
  readonly onWarning: (message: string) => void;
  /** Called when a worker that failed or hung is replaced by another one. */
  readonly onRestart: () => void;
  /** What has to end first: an earlier load of the same model, which closes its files. */
  readonly after?: Promise<void> | undefined;
}

/** A fit or a file of a million rows may compute this long without a word. */
const SILENCE_MS = 300_000;

let script: Promise<string> | undefined;

/** Fetches the engine's script once: each engine is made of its text. */
async function engineScript(): Promise<string> {
  script ??= fetch(engineUrl).then(async (response) => {
    if (!response.ok) throw new Error(`the engine's script: status ${response.status}`);
    return await response.text();
  });
  script.catch(() => (script = undefined));
  return await script;
}

/** How long a load may take to stop by itself: it closes its files and remembers its bytes. */
const GRACE_MS = 2000;

export class EngineClient {
  readonly model: Promise<WorkerRewardModel>;
  readonly loaded: Promise<LoadedModel>;
  #reference: Promise<ReferenceSet | undefined> | undefined;
  /** The line to the library beside the engine. */
  #library: CallLine | undefined;
  readonly #loading = new AbortController();
  /** Settled once a load that was stopped has closed its files, or the model has been freed. */
  readonly ended: Promise<void>;
  readonly #ended = Promise.withResolvers<void>();
  #port: SealedPort | undefined;
  #scorer: WorkerRewardModel | undefined;
  /** What the browser threw when it refused to start a worker. */
  #refusal: unknown;

  constructor(choice: ModelChoice, options: ClientOptions) {
    this.ended = this.#ended.promise;
    this.model = this.#load(choice, options);
    this.loaded = this.#facts(choice);
  }

  async #load(
    choice: ModelChoice,
    { onProgress, onWarning, onRestart, after }: ClientOptions,
  ): Promise<WorkerRewardModel> {
    const { from, token, keep, weights, memoryBudgetBytes, head } = choice;
    await after;
    if (choice.mustBeKept === true) await checkIsKept(choice);
    let starts = 0;
    const start = (): SealedPort => {
      const loader = startLibrary();
      const library = new CallLine(loader);
      this.#library = library;
      const onEnd = (): void => {
        library.close({ kind: "ended", message: "the library was ended" });
        this.#ended.resolve();
      };
      this.#port = new SealedPort({ script: engineScript, loader, onEnd });
      return this.#port;
    };
    const model = await WorkerRewardModel.fromPretrained(from, {
      worker: () => {
        if (starts > 0) onRestart();
        starts += 1;
        try {
          return start();
        } catch (error) {
          this.#refusal = error;
          throw error;
        }
      },
      silenceMs: SILENCE_MS,
      signal: this.#loading.signal,
      weights,
      memoryBudgetBytes,
      store: keep,
      token,
      head,
      onProgress,
      // `onRestart` says so in the page's own words.
      onWarning: (message) => {
        if (!message.startsWith("worker: ")) onWarning(message);
      },
    });
    // The set is of the published head: its scores say nothing of another's.
    if (model.head === undefined) this.#reference = this.#askReference(choice, onWarning);
    return model;
  }

  /** Returns what the library finds; a damaged set must not stop a model from scoring. */
  async #askReference(
    { from, weights, keep }: ModelChoice,
    onWarning: (message: string) => void,
  ): Promise<ReferenceSet | undefined> {
    try {
      const request = { call: "reference", from, weights, keep };
      return await this.#library?.call(request);
    } catch (error) {
      if (!(error instanceof LineClosed)) onWarning(String(error));
      return undefined;
    }
  }

  async #facts({ weights }: ModelChoice): Promise<LoadedModel> {
    const model = await this.model.catch((error: unknown) => {
      if (this.#refusal === undefined) throw error;
      throw new EngineFault(workerFault(this.#refusal, globalThis.origin === "null"));
    });
    this.#scorer = model;
    const reference = await this.#reference;
    const { name, adapter, kernels, architecture, hasVision, ranksImages } = model;
    return {
      name,
      adapter: { name: adapter.name, software: adapter.software },
      kernels,
      architecture,
      hasVision,
      ranksImages,
      form: weights,
      head: model.headName,
      ownHead: model.head?.name,
      maxTokens: model.inputQuota,
      calibration: reference && calibrationOf(reference),
    };
  }

  /** What the model takes on the GPU, as of its last call. */
  get gpuBytes(): number {
    return this.#scorer?.memory.totalBytes ?? 0;
  }

  /** Stops a load; a model that is loaded is freed once its calls have ended. */
  end(): void {
    this.#loading.abort();
    this.model.then(
      async (model) => {
        await model.dispose();
        this.#ended.resolve();
      },
      () => {
        // A load that hangs hears nothing.
        if (this.#port) setTimeout(() => this.#port?.terminate(), GRACE_MS);
        else this.#ended.resolve();
      },
    );
  }

  /** Scores conversations, with the way to each score and what the reference set says of it. */
  async score(
    conversations: readonly Conversation[],
    { signal, onDone }: CallOptions = {},
  ): Promise<ResponseScore[]> {
    const model = await this.model;
    const reference = await this.#reference;
    const solutions = model.readsSteps ? conversations.map(stepsOf) : undefined;
    const cases = solutions?.map(({ question, steps }) => ({ inputs: { question, steps } }));
    const scores = await model.score(cases ?? conversations, {
      signal,
      onProgress: onDone,
      features: reference !== undefined,
    });
    return await Promise.all(
      scores.map(async (each, i) => {
        const { value, tokenIds, response, images, timesMs, inputFeatures } = each;
        const pieces = await model.pieces(tokenIds.subarray(response.begin));
        return {
          value,
          steps: tokenSteps(each, pieces),
          tokens: tokenIds.length,
          images,
          timesMs,
          reading: readingOf(reference, value, inputFeatures),
          solution: solutionScore(each, solutions?.[i]?.steps),
        };
      }),
    );
  }

  /** Asks a call of the page's own. After an abort the worker's answer decides. */
  async call<K extends keyof Requests>(
    call: K,
    request: Requests[K],
    {
      signal,
      onDone,
      onFound,
    }: CallOptions & { readonly onFound?: (found: Explanation) => void } = {},
  ): Promise<Results[K]> {
    const model = await this.model;
    return await model.ask<Results[K], OwnReply>(call, request, {
      signal,
      onReply: (reply) => {
        if (reply.reply === "done") onDone?.(reply.done, reply.total);
        if (reply.reply === "found") onFound?.(reply.found);
      },
    });
  }
}

function solutionScore(
  { stepValues, aggregates }: Score,
  texts: readonly string[] | undefined,
): SolutionScore | undefined {
  if (!texts || !stepValues || !aggregates) return undefined;
  const { min, product, last } = aggregates;
  return {
    steps: texts.map((text, i) => ({ text, value: at(stepValues, i) })),
    min,
    product,
    last,
  };
}

/**
 * Returns the fault for a worker that could not start.
 * @param isSandboxed true if the page has no origin, as in `<iframe sandbox="allow-scripts">`
 */
function workerFault(error: unknown, isSandboxed: boolean): PageFault {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: "unsupported",
    message: isSandboxed
      ? words().engine.workerSandboxed(reason)
      : words().engine.workerRefused(reason),
    todo: isSandboxed ? words().engine.workerSandboxedTodo : words().engine.workerRefusedTodo,
  };
}
