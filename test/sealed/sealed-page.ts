/** Runs the attack in a sealed worker and in one that is not. */
import { isObject } from "../../src/base/json.ts";
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

const TRIES = 3;
const HANGS = "the attack hangs";
/** Its three parts take 4 s each at most. */
const PATIENCE_MS = 20_000;

export async function attackSealed(sink: Sink): Promise<Attacked> {
  for (let tries = 1; ; tries += 1) {
    const { worker, end } = await startSealedWorker(ATTACK);
    try {
      return await answerOf(worker, sink);
    } catch (error) {
      // Firefox may block a worker for good that makes workers. That opens no way out, but it ends
      // the attack before all ways were tried.
      if (tries === TRIES || !String(error).includes(HANGS)) throw error;
    } finally {
      end();
    }
  }
}

export async function attackOpen(sink: Sink): Promise<Attacked> {
  const worker = new Worker(URL.createObjectURL(new Blob([ATTACK])));
  // Scripts that the attack loads may fail in it: the attack itself goes on. In a Firefox on a busy
  // machine it may also hang, when a script is loaded and blocks its thread: what it has found by
  // then counts.
  const found = await Promise.race([
    answerOf(worker, sink, () => {}),
    foundIn(worker, PATIENCE_MS),
  ]);
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

/** Returns, after a while, the channels that a worker has found by then. */
async function foundIn(worker: Worker, ms: number): Promise<Attacked> {
  const open: string[] = [];
  worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isObject(data) && typeof data["found"] === "string") open.push(data["found"]);
  });
  await new Promise((resolve) => setTimeout(resolve, ms));
  return { open, root: undefined };
}

function answerOf(
  worker: Worker,
  sink: Sink,
  onError?: (message: string) => void,
): Promise<Attacked> {
  return new Promise((resolve, reject) => {
    const fail = onError ?? ((message: string) => reject(new Error(message)));
    const tried: string[] = [];
    const hang = setTimeout(() => fail(`${HANGS}, it tried ${tried.join(", ")}`), PATIENCE_MS);
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      // A script from the sink posts a 1, and the attack each channel that it finds.
      if (isObject(data) && typeof data["trying"] === "string") tried.push(data["trying"]);
      if (!isObject(data) || !("open" in data)) return;
      clearTimeout(hang);
      resolve(data as unknown as Attacked);
    });
    worker.addEventListener("error", ({ message }) => fail(message));
    worker.postMessage(sink);
  });
}
