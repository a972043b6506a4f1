// Tested by: test/remote/remote-reward-model.test.ts
/**
 * Sends JSON to a server and returns its JSON. A fault that may pass is tried again.
 *
 * The error says who must act. A 400 is the conversation's fault (InputError). All else is the
 * server's or the connection's (UnsupportedError: this engine cannot do what was asked).
 */
import { InputError, UnsupportedError } from "../errors.ts";
import { PassingFault, retryAfterMs, withRetries } from "../base/retry.ts";

export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Tries of one request before its error is thrown. */
  readonly tries: number;
  /** Pause before the second try; it doubles with each. */
  readonly firstPauseMs: number;
  /** A request that takes longer is aborted and tried again. */
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

/** The longest pause, even if a server asks for more. */
const MAX_PAUSE_MS = 60_000;
/** Characters of a server's answer that a message shows. */
const SHOWN = 300;
/** Overloaded or restarting, beside all of the fives. */
const PASSING = new Set([408, 425, 429]);
/** What a server says of a request that it understands and refuses. */
const REFUSED = new Set([400, 413, 422]);
const NO_ROUTE = new Set([404, 405]);

/**
 * Posts a body, or sends a GET without one. Returns undefined if the server has no such route.
 * @throws InputError if the server refuses the body, UnsupportedError for every other lasting fault
 * @throws the signal's reason if it is aborted
 */
export async function exchange(
  connection: Connection,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const where = `${connection.url}${path}`;
  return await withRetries(
    { ...connection, maxPauseMs: MAX_PAUSE_MS },
    signal,
    () => once(connection, where, body, signal),
    (fault, tries) => {
      const tried = tries === 1 ? "" : ` (tried ${tries} times)`;
      return new UnsupportedError({ ...fault, what: `${fault.what}${tried}` });
    },
  );
}

async function once(
  { apiKey, timeoutMs, fetch: send }: Connection,
  where: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const timeout = linkedTo(signal === undefined ? [] : [signal]);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    timeout.abort();
  }, timeoutMs);
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (apiKey !== undefined) headers["authorization"] = `Bearer ${apiKey}`;
  let response: Response;
  let text: string;
  try {
    response = await send(where, {
      method: body === undefined ? "GET" : "POST",
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: timeout.signal,
    });
    text = await response.text();
  } catch (cause) {
    throw isLate ? tooSlow(where, timeoutMs) : noConnection(where, cause);
  } finally {
    clearTimeout(timer);
    timeout.unlink();
  }
  if (NO_ROUTE.has(response.status)) return undefined;
  checkStatus(response, text, where);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = "the answer is not JSON";
    const todo = "Check that the address is the server's own, not a page or proxy in front of it";
    throw new UnsupportedError({ where, what, got: excerpt(text), todo, cause });
  }
}

function checkStatus(response: Response, text: string, where: string): void {
  const { status, ok } = response;
  if (ok) return;
  const got = `HTTP ${status}: ${messageIn(text)}`;
  if (REFUSED.has(status)) {
    const todo = "Shorten or correct the conversation";
    throw new InputError({ where, what: "the server refuses the conversation", got, todo });
  }
  if (status === 401 || status === 403) {
    const todo = "Give the server's key (apiKey; VL_REWARD_API_KEY on the command line)";
    throw new UnsupportedError({ where, what: "the server refuses access", got, todo });
  }
  if (!PASSING.has(status) && status < 500) {
    throw new UnsupportedError({ where, what: "an unexpected answer", got, expected: "HTTP 200" });
  }
  const pauseMs = retryAfterMs(response);
  const wait = pauseMs === undefined ? "later" : `in ${Math.ceil(pauseMs / 1000)} s`;
  const what = status === 429 ? "the server wants fewer requests" : "the server failed";
  throw new PassingFault({ where, what, got, todo: `Look at its log, try again ${wait}` }, pauseMs);
}

function tooSlow(where: string, timeoutMs: number): PassingFault {
  const got = `none in ${(timeoutMs / 1000).toLocaleString("en-US")} s`;
  const todo = "Give it more time (timeoutMs), or fewer requests together (concurrency)";
  return new PassingFault({ where, what: "no answer came", got, todo });
}

function noConnection(where: string, cause: unknown): PassingFault {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && "code" in inner ? `${String(inner.code)} ` : "";
  return new PassingFault({
    where,
    what: "the connection failed or was refused",
    got: `${code}${inner instanceof Error ? inner.message : String(inner)}`,
    todo: "Check the address, and that the server runs",
    cause,
  });
}

/**
 * Returns the server's own words: vLLM and SGLang put them at `error.message`, `message` or
 * `detail`.
 */
function messageIn(text: string): string {
  try {
    const json = JSON.parse(text) as Record<string, unknown> | null;
    const error = json?.["error"];
    const nested = typeof error === "object" && error !== null && "message" in error;
    const said = (nested ? error.message : undefined) ?? json?.["message"] ?? json?.["detail"];
    return excerpt(typeof said === "string" ? said : text);
  } catch {
    return excerpt(text);
  }
}

/** Returns the start of a text, on one line. */
export function excerpt(text: string): string {
  const flat = text.replaceAll(/\s+/g, " ").trim();
  if (flat === "") return "nothing";
  return flat.length > SHOWN ? `${flat.slice(0, SHOWN)}…` : flat;
}

/** An abort that follows others until it is unlinked. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /**
   * Returns an abort that follows this one, and the `more` signals. Parallel requests each have
   * one, and not a listener each on one signal: Node takes more than ten listeners for a leak.
   */
  child(more?: readonly AbortSignal[]): LinkedAbort;
  unlink(): void;
}

/**
 * Returns a signal that follows these. Unlike signals of `AbortSignal.any`, it does not live as
 * long as the longest-lived of them.
 */
export function linkedTo(signals: readonly AbortSignal[]): LinkedAbort {
  const controller = new AbortController();
  const children = new Set<LinkedAbort>();
  const abort = (reason?: unknown): void => {
    controller.abort(reason);
    children.forEach((child) => child.abort(reason));
  };
  const follow = ({ target }: Event): void => abort((target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal.aborted) abort(signal.reason);
    else signal.addEventListener("abort", follow);
  }
  return {
    signal: controller.signal,
    abort,
    child(more = []) {
      const child = linkedTo(more);
      children.add(child);
      if (controller.signal.aborted) child.abort(controller.signal.reason);
      const unlink = (): void => {
        children.delete(child);
        child.unlink();
      };
      return { ...child, unlink };
    },
    unlink: () => signals.forEach((signal) => signal.removeEventListener("abort", follow)),
  };
}

/**
 * Returns a function that runs at most `limit` pieces of work at a time, in the order of the calls.
 */
export function limiter(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let atWork = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (atWork >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else atWork += 1;
    try {
      return await work();
    } finally {
      // The slot goes directly to the next waiter, so that a new caller cannot take it.
      const next = waiting.shift();
      if (next === undefined) atWork -= 1;
      else next();
    }
  };
}
