// Tested by: test/worker/call-line.test.ts
/** The worker's end of a `CallLine`: calls come in, replies go out. */
import { toWire } from "./wire-error.ts";
import type { CallPort } from "./call-line.ts";

/** What an answer has besides the request: the way to stop, and the way to report. */
export interface ServedCall<Reply> {
  readonly id: number;
  readonly signal: AbortSignal;
  tell(reply: Reply): void;
}

/** A function for each call, by its name. */
export type CallAnswers<Reply> = Readonly<
  Record<string, (request: never, call: ServedCall<Reply>) => Promise<unknown>>
>;

type Message = { readonly id: number; readonly call: string };

/**
 * Answers calls from now on. Other messages are left to other listeners.
 * @param version of this end, for its greetings
 */
export function serveCalls<Reply extends { readonly reply: string }>(
  port: CallPort,
  answers: CallAnswers<Reply>,
  version?: string,
): void {
  const aborts = new Map<number, AbortController>();
  const post = (message: unknown): void => port.postMessage(message, []);
  port.addEventListener("message", (event) => {
    const { data } = event as MessageEvent<Message>;
    if (data.call === "ping") post({ id: 0, reply: "pong", version });
    else if (data.call === "abort") aborts.get(data.id)?.abort();
    else if (Object.hasOwn(answers, data.call)) void answer(data);
  });
  port.start?.();

  async function answer(request: Message): Promise<void> {
    const { id, call } = request;
    const abort = new AbortController();
    aborts.set(id, abort);
    const { signal } = abort;
    try {
      const tell = (reply: Reply): void => post({ id, ...reply });
      const result = await answers[call]?.(request as never, { id, signal, tell });
      post({ id, reply: "result", result });
    } catch (error) {
      post({ id, reply: "error", error: toWire(error) });
    } finally {
      aborts.delete(id);
    }
  }
}
