/** Runs the attack in a sealed worker and in one that is not. */
import { isSealed, startSealedWorker } from "../../src/sealed/index.ts";
import { ATTACK } from "./attack.ts";

export interface Attacked {
  /** The channels whose script saw no error. */
  readonly open: readonly string[];
  /** True if the worker has the origin private file system; else the error. */
  readonly root: true | string | undefined;
}

export interface Sink {
  readonly http: string;
  readonly ws: string;
  /** What the worker has seen and must not get out. */
  readonly secret: string;
  /** The address of a script of the page's own origin. */
  readonly own: string;
}

export async function attackSealed(sink: Sink): Promise<Attacked> {
  const { worker, end } = await startSealedWorker(ATTACK);
  const found = await answerOf(worker, sink);
  end();
  return found;
}

export async function attackOpen(sink: Sink): Promise<Attacked> {
  const worker = new Worker(URL.createObjectURL(new Blob([ATTACK])));
  // Scripts that the attack loads may fail in it: the attack itself goes on.
  const found = await answerOf(worker, sink, () => {});
  worker.terminate();
  return found;
}

/** Returns what a sealed worker, and this page, say of themselves. */
export async function sealedOrNot(): Promise<readonly [boolean, boolean]> {
  const script = `(${isSealed.toString()})(fetch).then(postMessage)`;
  const { worker, end } = await startSealedWorker(script);
  const answer = await new Promise<boolean>((resolve) => {
    worker.addEventListener("message", ({ data }) => resolve(data as boolean));
  });
  end();
  return [answer, await isSealed()];
}

function answerOf(
  worker: Worker,
  sink: Sink,
  onError?: (message: string) => void,
): Promise<Attacked> {
  return new Promise((resolve, reject) => {
    const fail = onError ?? ((message: string) => reject(new Error(message)));
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      // A script from the sink posts a 1.
      if (typeof data === "object") resolve(data as Attacked);
    });
    worker.addEventListener("error", ({ message }) => fail(message));
    worker.postMessage(sink);
  });
}
