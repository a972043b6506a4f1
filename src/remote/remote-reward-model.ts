/**
 * RemoteRewardModel: the same `score`, `rank` and `compare`, computed by a server of vLLM or
 * SGLang.
 *
 *   conversations → token ids (texts, with a tokenizer) or chat messages (pictures) → requests,
 *   several at a time → scores
 *
 * Use it if one machine is not enough. It needs neither a browser nor a GPU. Token ids are the
 * exact input that the engine here computes; messages go through the server's own chat template.
 */
import { InputError, UnsupportedError } from "../errors.ts";
import { isTie, preferenceProbability, rankValues } from "../preference/ranking.ts";
import type { RankedPlace } from "../preference/ranking.ts";
import { at } from "../base/at.ts";
import { checkCharset } from "../base/charset.ts";
import {
  checkOptions,
  isCount,
  isDuration,
  isFlag,
  isFunction,
  isPositive,
  isSignal,
  isAnything,
  isText,
  oneOf,
  show,
} from "../base/options.ts";
import type { Rules } from "../base/options.ts";
import { rankConversations } from "../text/template/rank-requests.ts";
import { batchOf, conversationIn, withPlace } from "../text/template/requests.ts";
import { readConversations } from "../text/template/conversation.ts";
import type {
  CompareOptions,
  Conversation,
  ConversationInput,
  RankRequest,
  ScoreOptions,
} from "../types.ts";
import type { ModelFolder } from "../files/resolve-source.ts";
import { openAiMessages, spelledToken } from "./messages.ts";
import { checkRaw, probes } from "./probe.ts";
import { exchange, limiter, linkedTo } from "./request.ts";
import type { Connection, LinkedAbort } from "./request.ts";
import { bodyOf, pathOf, valuesIn } from "./routes.ts";
import type { RemoteInput, RemoteValue, Route } from "./routes.ts";
import { findModel, findServer } from "./server.ts";
import { loadRemoteTokenizer } from "./tokenizer.ts";
import type { RemoteTokenizer } from "./tokenizer.ts";

export interface RemoteOptions {
  /** The model's name on the server; by default the first that it lists. */
  readonly model?: string | undefined;
  /** The kind of the server; by default the server is asked. */
  readonly engine?: "vllm" | "sglang" | undefined;
  /**
   * The model's folder, for its tokenizer and chat template. With it, texts are sent as token ids.
   */
  readonly tokenizer?: ModelFolder | undefined;
  readonly apiKey?: string | undefined;
  /** Requests at a time, 16 by default. */
  readonly concurrency?: number | undefined;
  /** Tries of one request, 5 by default. */
  readonly tries?: number | undefined;
  /**
   * Pause before the second try, 500 by default; it doubles with each, and Retry-After goes
   * before.
   */
  readonly firstPauseMs?: number | undefined;
  /** A request without an answer for so long is tried again; five minutes by default. */
  readonly timeoutMs?: number | undefined;
  /** Whether to check once that the server's scores are raw; true by default. */
  readonly probe?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** The answer to one conversation: a server gives no values of single tokens. */
export interface RemoteScore {
  /** The reward: unbounded, uncalibrated; only differences for the same prompt mean something. */
  readonly value: number;
  /** Tokens of the templated conversation; undefined if nothing reported them. */
  readonly tokens: number | undefined;
}

export interface RemoteRanking {
  /** In the order of the responses. */
  readonly scores: readonly RemoteScore[];
  /** Best first. */
  readonly order: readonly RankedPlace[];
  /** The first of them. */
  readonly best: RankedPlace;
}

export interface RemoteComparison {
  readonly a: RemoteScore;
  readonly b: RemoteScore;
  readonly margin: number;
  readonly probability: number;
  readonly isTie: boolean;
}

const RULES: Rules<RemoteOptions> = {
  model: isText,
  engine: oneOf("vllm", "sglang"),
  tokenizer: isAnything,
  apiKey: isText,
  concurrency: isCount,
  tries: isCount,
  firstPauseMs: isDuration,
  timeoutMs: isDuration,
  probe: isFlag,
  signal: isSignal,
  onWarning: isFunction,
  fetch: isFunction,
};
/** A server gives no features. */
export type RemoteScoreOptions = Omit<ScoreOptions, "features">;
const REMOTE_SCORE: Rules<RemoteScoreOptions> = { signal: isSignal, onProgress: isFunction };
const REMOTE_COMPARE: Rules<Omit<CompareOptions, "features">> = {
  ...REMOTE_SCORE,
  temperature: isPositive,
};
const HABITS = { key: "apiKey", token: "apiKey", retries: "tries", timeout: "timeoutMs" };

/**
 * Token sequences of one request: few enough that a fault costs little, and a server has several
 * to batch.
 */
const SEQUENCES = 16;

export class RemoteRewardModel {
  /** Server, its address, and the model's name there. */
  readonly name: string;
  readonly #connection: Connection;
  readonly #route: Route;
  readonly #model: string;
  readonly #tokenizer: RemoteTokenizer | undefined;
  readonly #limit: ReturnType<typeof limiter>;
  readonly #disposed: LinkedAbort = linkedTo([]);
  readonly #warn: (message: string) => void;
  /** Warnings that were already given. */
  readonly #told: Set<string> = new Set();

  private constructor(
    connection: Connection,
    server: { route: Route; model: string },
    tokenizer: RemoteTokenizer | undefined,
    options: RemoteOptions,
  ) {
    this.#connection = connection;
    this.#route = server.route;
    this.#model = server.model;
    this.#tokenizer = tokenizer;
    this.#limit = limiter(options.concurrency ?? 16);
    this.#warn = options.onWarning ?? (() => {});
    this.name = `${server.route} ${connection.url} ${server.model}`;
  }

  /**
   * Connects to a server: finds out which it is, and whether its scores are raw.
   * @param url the server's base address, `http://host:8000`
   * @throws InputError for an invalid address or option
   * @throws UnsupportedError if the server cannot be used; the message says which flag it needs
   * @throws WeightsError for a tokenizer that cannot be read
   */
  static async connect(url: string | URL, options: RemoteOptions = {}): Promise<RemoteRewardModel> {
    checkCharset();
    checkOptions("connect", options, RULES, { meant: HABITS, warn: options?.onWarning });
    const connection = connectionOf(url, options);
    const { signal } = options;
    const tokenizer =
      options.tokenizer === undefined
        ? undefined
        : await loadRemoteTokenizer(options.tokenizer, signal);
    const server = await findServer(connection, options, signal);
    const remote = new RemoteRewardModel(connection, server, tokenizer, options);
    if (options.probe ?? true) await remote.#probe(signal);
    return remote;
  }

  /**
   * Returns the name of the model that a server lists first: the one that `connect` uses if it is
   * given none.
   * @throws InputError, UnsupportedError as `connect`
   */
  static async modelOf(
    url: string | URL,
    options: Pick<RemoteOptions, "apiKey" | "signal"> = {},
  ): Promise<string> {
    const { id } = await findModel(connectionOf(url, options), undefined, options.signal);
    return id;
  }

  /** Scores a conversation's last turn. Given several, it sends several requests at a time. */
  score(conversation: ConversationInput, options?: RemoteScoreOptions): Promise<RemoteScore>;
  score(
    conversations: readonly ConversationInput[],
    options?: RemoteScoreOptions,
  ): Promise<RemoteScore[]>;
  score(
    input: ConversationInput | readonly ConversationInput[],
    options?: RemoteScoreOptions,
  ): Promise<RemoteScore | RemoteScore[]>;
  async score(
    input: ConversationInput | readonly ConversationInput[],
    options: RemoteScoreOptions = {},
  ): Promise<RemoteScore | RemoteScore[]> {
    checkOptions("score", options, REMOTE_SCORE);
    const many = batchOf(input);
    if (many) return await this.#scoreAll(many.map(conversationIn), options, false);
    return at(await this.#scoreAll([input as ConversationInput], options, false), 0);
  }

  /** Orders responses to one prompt, best first. @throws InputError for no prompt or no response */
  async rank(
    request: RankRequest,
    options: Omit<CompareOptions, "features"> = {},
  ): Promise<RemoteRanking> {
    checkOptions("rank", options, REMOTE_COMPARE);
    const scores = await this.#scoreAll(rankConversations(request), options, false);
    const values = scores.map(({ value }) => value);
    const order = rankValues(values, options.temperature);
    return { scores, order, best: at(order, 0) };
  }

  /**
   * Returns how far one conversation's response is ahead of another's, and how likely people are to
   * prefer it.
   */
  async compare(
    first: ConversationInput,
    second: ConversationInput,
    options: Omit<CompareOptions, "features"> = {},
  ): Promise<RemoteComparison> {
    checkOptions("compare", options, REMOTE_COMPARE);
    const scores = await this.#scoreAll([first, second], options, false);
    const [a, b] = [at(scores, 0), at(scores, 1)];
    return {
      a,
      b,
      margin: a.value - b.value,
      probability: preferenceProbability(a.value, b.value, options.temperature),
      isTie: isTie(a.value, b.value),
    };
  }

  /** Ends the requests that are under way; later calls are refused. */
  async dispose(): Promise<void> {
    const todo = "Connect again";
    this.#disposed.abort(
      new InputError({ where: this.name, what: "the connection was disposed of", todo }),
    );
  }

  [Symbol.dispose](): void {
    void this.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #probe(signal: AbortSignal | undefined): Promise<void> {
    const options = signal === undefined ? {} : { signal };
    const raw = await this.#scoreAll(probes, options, false);
    // SGLang has no such flag.
    const activated =
      this.#route === "sglang-classify" ? undefined : await this.#scoreAll(probes, options, true);
    const values = (scores: readonly RemoteScore[]): number[] => scores.map(({ value }) => value);
    const where = `${this.#connection.url}${pathOf(this.#route)}`;
    checkRaw(where, values(raw), activated && values(activated));
  }

  async #scoreAll(
    given: readonly ConversationInput[],
    { signal, onProgress }: RemoteScoreOptions,
    useActivation: boolean,
  ): Promise<RemoteScore[]> {
    this.#disposed.signal.throwIfAborted();
    const conversations = await readConversations(given);
    // The first request that fails ends the others.
    const ended = this.#disposed.child(signal === undefined ? [] : [signal]);
    const scores: RemoteScore[] = [];
    let done = 0;
    const jobs = this.#split(conversations).map((places) =>
      this.#limit(async () => {
        ended.signal.throwIfAborted();
        const own = places.map((place) => conversations[place] ?? []);
        const request = (): Promise<RemoteValue[]> => this.#request(own, useActivation, ended);
        // Several conversations in one request: the server does not say which one it refuses.
        const got =
          own.length === 1
            ? await withPlace(at(places, 0), conversations.length, request)
            : await request();
        for (const [i, place] of places.entries()) scores[place] = got[i] as RemoteScore;
        done += places.length;
        onProgress?.(done, conversations.length);
      }),
    );
    try {
      await Promise.all(jobs);
    } catch (error) {
      ended.abort(error);
      await Promise.allSettled(jobs);
      throw error;
    } finally {
      ended.unlink();
    }
    return scores;
  }

  /** Returns which conversations share a request: texts as token ids do; each chat has its own. */
  #split(conversations: readonly Conversation[]): number[][] {
    const requests: number[][] = [];
    let open: number[] = [];
    for (const [place, conversation] of conversations.entries()) {
      if (this.#tokenizer === undefined || hasPictures(conversation)) {
        requests.push([place]);
        continue;
      }
      if (open.length === 0) requests.push(open);
      open.push(place);
      if (open.length === SEQUENCES) open = [];
    }
    return requests;
  }

  async #request(
    conversations: readonly Conversation[],
    useActivation: boolean,
    ended: LinkedAbort,
  ): Promise<RemoteValue[]> {
    const input = await this.#input(conversations, ended.signal);
    const path = pathOf(this.#route);
    const body = bodyOf(this.#route, this.#model, input, useActivation);
    const own = ended.child();
    const answer = await exchange(this.#connection, path, body, own.signal).finally(() =>
      own.unlink(),
    );
    const where = `${this.#connection.url}${path}`;
    if (answer === undefined) {
      const todo = "Start the server with the reward model";
      throw new UnsupportedError({ where, what: "the route is gone", todo });
    }
    const values = valuesIn(this.#route, where, answer, conversations.length);
    if (!("ids" in input)) return values;
    return values.map(({ value }, i) => ({ value, tokens: input.ids[i]?.length }));
  }

  async #input(conversations: readonly Conversation[], signal: AbortSignal): Promise<RemoteInput> {
    const [first = []] = conversations;
    const { text, padTokenId, controlTokens } = this.#tokenizer ?? {};
    if (text !== undefined && !hasPictures(first)) {
      const ids = conversations.map((one) => text.encode(one, []).ids);
      if (padTokenId !== undefined && ids.some((own) => own.at(-1) === padTokenId)) {
        this.#warnOnce(
          "pad",
          `a conversation ends in the token that pads (pad_token_id ${padTokenId}): the server ` +
            "scores that token, the engine here and transformers the one before it; scores differ",
        );
      }
      return { ids };
    }
    const token = spelledToken(first, controlTokens);
    if (token !== undefined) {
      this.#warnOnce(
        "control",
        `a message spells the control token ${token}: the server takes it for one, the engine ` +
          "here for text; scores of such messages differ",
      );
    }
    return { messages: await openAiMessages(first, signal) };
  }

  #warnOnce(kind: "control" | "pad", text: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#warn(`${text} (said once)`);
  }
}

function hasPictures(conversation: Conversation): boolean {
  return conversation.some(
    ({ content }) => typeof content !== "string" && content.some(({ type }) => type === "image"),
  );
}

function parseAddress(url: string | URL): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}

function connectionOf(url: string | URL, options: RemoteOptions): Connection {
  const { tries = 5, firstPauseMs = 500, timeoutMs = 300_000 } = options;
  const address = parseAddress(url);
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    const got = address?.protocol ?? show(url);
    throw new InputError({ where: "backend", expected: "http://host:port", got });
  }
  // Neither would be sent, and both are secrets more often than not.
  if (address.username !== "" || address.password !== "" || address.search !== "") {
    throw new InputError({
      where: `backend ${address.host}`,
      expected: "an address without a user's name, password or query",
      todo: "Pass the server's key as apiKey",
    });
  }
  return {
    url: `${address.origin}${address.pathname}`.replace(/\/+$/, ""),
    apiKey: options.apiKey,
    tries,
    firstPauseMs,
    timeoutMs,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
}
