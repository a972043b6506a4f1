/**
 * An engine in a worker that is started again when it fails. Calls that waited are kept.
 *
 * After a failure nobody knows which call was to blame, so calls run one by one until those that
 * had begun have settled: the one that fails alone is refused, and the others get their answers.
 */
import { orAborted } from "../abort.ts";
import { GpuError, InputError, UnsupportedError } from "../errors.ts";
import { CallLine, LineClosed } from "./call-line.ts";
import type { LineCallOptions, LineDeath } from "./call-line.ts";
import type { EngineReply, EngineRequests, ModelFacts } from "./protocol.ts";
import { VERSION } from "../version.ts";
import type { StartedEngine } from "./started-engine.ts";

/** A model of the engine. It is loaded again in each worker that takes the place of another. */
export interface EngineModel {
  readonly request: EngineRequests["load"];
  readonly onWarning: (message: string) => void;
  facts: ModelFacts | undefined;
  /** The line that it is loaded on. */
  line?: CallLine | undefined;
  loading?: Promise<ModelFacts> | undefined;
}

export interface EngineCall {
  readonly signal?: AbortSignal | undefined;
  readonly onReply?: ((reply: EngineReply) => void) | undefined;
  readonly transfer?: readonly Transferable[] | undefined;
  /** Whether the worker's answer decides after an abort: it may have a part of the result. */
  readonly waitsForAnswer?: boolean | undefined;
}

interface Running {
  readonly line: CallLine;
  readonly started: StartedEngine;
}

/** A call is not tried again after this number of workers failed while it was under way. */
const TRIES = 2;
/** After this time without an answer, silence counts as after an abort. */
const DISPOSE_MS = 10_000;

export class Engine {
  readonly #start: (round: number) => Promise<StartedEngine>;
  readonly #silenceMs: number | undefined;
  readonly #models = new Set<EngineModel>();
  readonly #onIdle: () => void;
  #running: Promise<Running> | undefined;
  /** Of the script that was started last. */
  #address: string | undefined;
  #round = 0;
  #lastModel = 0;
  /** Calls that run one by one, and how many there are. */
  #turns: Promise<unknown> = Promise.resolve();
  #inTurns = 0;
  /** Of a worker that the caller owns: nothing takes its place. */
  #lost: LineDeath | undefined;

  /** @param onIdle called after the last model was disposed of, and the worker ended */
  constructor(
    start: (round: number) => Promise<StartedEngine>,
    silenceMs: number | undefined,
    onIdle: () => void = () => {},
  ) {
    this.#start = start;
    this.#silenceMs = silenceMs;
    this.#onIdle = onIdle;
  }

  /** Loads a model; `dispose` is the caller's to call. */
  async load(
    request: Omit<EngineRequests["load"], "call" | "model">,
    onWarning: (message: string) => void,
    call: EngineCall,
  ): Promise<EngineModel> {
    const model: EngineModel = {
      request: { call: "load", model: (this.#lastModel += 1), ...request },
      onWarning,
      facts: undefined,
    };
    this.#models.add(model);
    try {
      await orAborted(
        call.signal,
        this.#withTries(call, async ({ line }) => await this.#loadOn(line, model, call)),
      );
      return model;
    } catch (error) {
      await this.#forget(model);
      throw error;
    }
  }

  /** Calls a model. An abort rejects immediately, with the signal's reason. */
  async run<Result>(
    model: EngineModel,
    request: EngineRequests["run" | "ask"],
    call: EngineCall,
  ): Promise<Result> {
    call.signal?.throwIfAborted();
    if (!this.#models.has(model)) {
      throw new InputError({
        where: "worker",
        what: "the model was disposed of",
        todo: "Load it again",
      });
    }
    const work = this.#withTries(call, async ({ line }) => {
      model.facts = await this.#loadOn(line, model, {});
      return await line.call<Result, EngineReply>(request, call);
    });
    if (call.waitsForAnswer !== true) return await orAborted(call.signal, work);
    try {
      return await work;
    } catch (error) {
      // Whatever ended it: the caller had asked for the end.
      call.signal?.throwIfAborted();
      throw error;
    }
  }

  /** Calls the engine itself. */
  async ask<Result>(request: EngineRequests["availability"], call: EngineCall): Promise<Result> {
    const work = this.#withTries(
      call,
      async ({ line }) => await line.call<Result, never>(request, call),
    );
    try {
      return await orAborted(call.signal, work);
    } finally {
      await this.#endIfIdle();
    }
  }

  /** Frees the model; calls that are queued come first. The worker ends with its last model. */
  async dispose(model: EngineModel): Promise<void> {
    if (!this.#models.delete(model)) return;
    await this.#turns;
    const { line, request } = model;
    if (line && !line.death) {
      const dispose: EngineRequests["dispose"] = { call: "dispose", model: request.model };
      // One that hangs is not waited for as long as one that works.
      const signal = this.#models.size > 0 ? undefined : AbortSignal.timeout(DISPOSE_MS);
      // A worker that dies has freed it.
      await line.call(dispose, { signal }).catch(() => {});
    }
    await this.#endIfIdle();
  }

  async #forget(model: EngineModel): Promise<void> {
    this.#models.delete(model);
    await this.#endIfIdle();
  }

  async #endIfIdle(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    if (this.#models.size > 0 || running === undefined || running.line.waiting > 0) return;
    if (running.line.death) return;
    // The caller's own worker may have other work.
    if (!running.started.isReplaceable) return;
    this.#running = undefined;
    running.line.close({ kind: "ended", message: "the worker was ended" });
    running.started.end();
    this.#onIdle();
  }

  /** Runs the work, and again in a new worker if the worker fails meanwhile. */
  async #withTries<T>(call: EngineCall, work: (running: Running) => Promise<T>): Promise<T> {
    if (this.#inTurns > 0) return await this.#inTurn(call, work, 0);
    try {
      return await work(await this.#run());
    } catch (error) {
      if (!this.#mayTryAgain(error, call)) throw this.#typed(error);
      return await this.#inTurn(call, work, 1);
    }
  }

  async #inTurn<T>(
    call: EngineCall,
    work: (running: Running) => Promise<T>,
    tries: number,
  ): Promise<T> {
    const turn = this.#turns.then(async () => {
      for (let tried = tries; ;) {
        call.signal?.throwIfAborted();
        try {
          return await work(await this.#run());
        } catch (error) {
          tried += 1;
          if (tried >= TRIES || !this.#mayTryAgain(error, call)) throw this.#typed(error);
        }
      }
    });
    this.#inTurns += 1;
    this.#turns = turn.then(
      () => (this.#inTurns -= 1),
      () => (this.#inTurns -= 1),
    );
    return await turn;
  }

  /** What was moved to a worker that failed is gone with it. */
  #mayTryAgain(error: unknown, { signal, transfer = [] }: EngineCall): boolean {
    const isAborted = signal?.aborted === true;
    return isRestartable(error) && !isAborted && transfer.length === 0 && !this.#lost;
  }

  #typed(error: unknown): unknown {
    if (!(error instanceof LineClosed)) return error;
    const { kind, version } = error.death;
    const message = error.message.replace(/\.$/, "");
    const where = "worker";
    const isOther = kind === "version";
    if (isOther || kind === "start") {
      return new UnsupportedError({
        where,
        what: message,
        ...(isOther ? { expected: VERSION, got: version } : { got: this.#address }),
        todo: isOther
          ? `Publish both together, as engine-worker.js?v=${VERSION}`
          : "Check that its script can be fetched, is allowed by the page's policy and calls " +
            "serveRewardModel",
        cause: error,
      });
    }
    return new GpuError({
      where,
      what: message,
      todo: this.#lost
        ? "Give the option worker a function that can start another"
        : "Try a smaller picture or text, or other weights; report it if it stays",
      cause: error,
    });
  }

  async #run(): Promise<Running> {
    if (this.#lost) throw new LineClosed(this.#lost);
    this.#running ??= this.#begin();
    try {
      return await this.#running;
    } catch (error) {
      this.#running = undefined;
      throw error;
    }
  }

  async #begin(): Promise<Running> {
    const started = await this.#start(this.#round);
    this.#address = started.address;
    const line = new CallLine(started.port, {
      silenceMs: this.#silenceMs,
      version: VERSION,
      isStarted: started.isStarted,
      // A load that was aborted, a call that outlived its model: nobody else waits for their ends.
      onIdle: () => void this.#endIfIdle(),
      onDeath: (death) => {
        if (death.kind === "ended") return;
        // The caller's own may have other work beside an engine of another version.
        if (death.kind !== "version" || started.isReplaceable) started.end();
        this.#running = undefined;
        this.#round += 1;
        if (!started.isReplaceable) this.#lost = death;
        if (death.kind === "start" || death.kind === "version") return;
        for (const model of this.#models) {
          model.onWarning(`worker: ${death.message}. It is started again.`);
          this.#loadAgain(model, line);
        }
      },
      onNews: ({ reply, ...news }: EngineReply) => {
        if (reply !== "warning" || !("model" in news)) return;
        for (const { request, onWarning } of this.#models) {
          if (request.model === news.model) onWarning(news.message);
        }
      },
    });
    started.onLine?.(line);
    return { line, started };
  }

  /** Loads a model again that a worker had loaded: the next call need not wait for it. */
  #loadAgain(model: EngineModel, before: CallLine): void {
    if (model.line !== before || !model.facts || this.#lost) return;
    // What fails is the next call's to say.
    this.#run()
      .then(async ({ line }) => await this.#loadOn(line, model, {}))
      .catch(() => {});
  }

  async #loadOn(line: CallLine, model: EngineModel, call: EngineCall): Promise<ModelFacts> {
    if (model.line !== line || !model.loading) {
      model.line = line;
      const options: LineCallOptions<EngineReply> = {
        onReply: (reply) => {
          if (reply.reply === "warning") model.onWarning(reply.message);
          else call.onReply?.(reply);
        },
        signal: call.signal,
      };
      const loading = line.call<ModelFacts, EngineReply>(model.request, options);
      model.loading = loading;
      loading.then(
        (facts) => (model.facts = facts),
        // The next call tries again.
        () => model.loading === loading && (model.line = model.loading = undefined),
      );
    }
    return await model.loading;
  }
}

function isRestartable(error: unknown): boolean {
  return (
    error instanceof LineClosed && (error.death.kind === "error" || error.death.kind === "silent")
  );
}
