/** The worker's end of the line to the page: calls come in, replies go out (`protocol.ts`). */
import type { FaultCode, PageFault } from "../base/faults.ts";
import type { Call, CallName, CallOf, Reply, Requests, Results } from "./protocol.ts";

/** What an answer has besides the request: the way to stop, and the way to report progress. */
export interface Line {
  readonly signal: AbortSignal;
  tell(reply: TellBody): void;
}

type TellBody = Reply extends infer R ? (R extends Reply ? Omit<R, "id"> : never) : never;

/** A function for each call. A room of the page answers its own calls. */
export type Answers<Names extends CallName> = {
  readonly [Name in Names]: (request: Requests[Name], line: Line) => Promise<Results[Name]>;
};

/** Answers the page's calls from now on. */
export function answerCalls<Names extends CallName>(answers: Answers<Names>): void {
  const aborts = new Map<number, AbortController>();
  self.addEventListener("message", (event: MessageEvent<Call>) => {
    const call = event.data;
    if (call.call === "abort") {
      aborts.get(call.id)?.abort();
    } else if (isAnswered(call)) {
      void answer(call);
    }
  });

  /** Other messages are ports for the workers themselves. */
  function isAnswered(call: Call): call is CallOf<Names> {
    return Object.hasOwn(answers, call.call);
  }

  async function answer(call: CallOf<Names>): Promise<void> {
    const { id } = call;
    const abort = new AbortController();
    aborts.set(id, abort);
    const line: Line = {
      signal: abort.signal,
      tell: (reply) => self.postMessage({ id, ...reply }),
    };
    try {
      line.tell({ reply: "result", result: await resultOf(answers, call, line) });
    } catch (error) {
      line.tell({ reply: "error", fault: faultOf(error, abort.signal) });
    } finally {
      aborts.delete(id);
    }
  }
}

/** Reports how many conversations, bytes or pairs are done, of all. */
export function tellDone(line: Line): (done: number, total: number) => void {
  return (done, total) => line.tell({ reply: "done", done, total });
}

async function resultOf<Name extends CallName>(
  answers: Answers<Name>,
  call: CallOf<Name>,
  line: Line,
): Promise<Results[Name]> {
  return await answers[call.call as Name](call, line);
}

function faultOf(error: unknown, signal: AbortSignal): PageFault {
  const message = error instanceof Error ? error.message : String(error);
  if (signal.aborted) {
    return { code: "aborted", message };
  }
  return { code: codeOf(error), message };
}

/**
 * Returns the class of an error. Any that is not the engine's is a defect, of it or of the page.
 */
function codeOf(error: unknown): FaultCode {
  const known: readonly FaultCode[] = ["input", "weights", "unsupported", "gpu"];
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return known.find((each) => each === code) ?? "defect";
}
