// Tested by: test/files/http/http-browsers.test.ts
/**
 * A file on a server from front to back: one request for all of it, which is read as its bytes are wanted. Asking takes longer
 * than a few megabytes take to come.
 *
 * A response that breaks off, or that was left alone until the server hung up, is asked for again from there.
 */
import { orAborted } from "../../abort.ts";
import { ask, PROGRESS_BYTES } from "./http-ask.ts";
import type { AskedFile } from "./http-ask.ts";
import { endsEarly } from "./http-faults.ts";
import { tryWatched } from "./http-retry.ts";
import type { ByteSequence } from "../source.ts";

/** The bytes [begin, end) of the file. */
export function httpSequence(
  asked: AskedFile,
  begin: number,
  end: number,
  signal: AbortSignal | undefined,
): ByteSequence {
  let at = begin;
  let body: SequenceBody | undefined;
  const close = (): void => {
    body?.close();
    body = undefined;
  };
  return {
    close,
    async read(into) {
      const { where, server } = asked;
      let done = 0;
      await tryWatched(where, server.limits, signal, async (one) => {
        const before = done;
        try {
          while (done < into.byteLength) {
            body ??= await sequenceBody(asked, at, end, one.signal);
            const bytes = await body.take(into.byteLength - done, one.signal);
            one.alive();
            into.set(bytes, done);
            done += bytes.byteLength;
            at += bytes.byteLength;
            if (done - before >= PROGRESS_BYTES) one.progress();
            if (at === body.end) close();
          }
        } catch (error) {
          close();
          throw error;
        }
      });
    },
  };
}

/** The body of a response that outlives the reads which it serves. */
interface SequenceBody {
  /** Where in the file it ends. */
  readonly end: number;
  /** At most so many of the bytes that follow, at least one. */
  take(most: number, signal: AbortSignal): Promise<Uint8Array>;
  close(): void;
}

async function sequenceBody(
  asked: AskedFile,
  begin: number,
  wantedEnd: number,
  signal: AbortSignal,
): Promise<SequenceBody> {
  // The signal is of one try; the response goes on after it.
  const own = new AbortController();
  const { response, end } = await orAborted(signal, ask(asked, begin, wantedEnd, own.signal)).catch(
    (error: unknown) => {
      own.abort();
      throw error;
    },
  );
  const reader = response.body?.getReader();
  let at = begin;
  let rest = new Uint8Array();
  return {
    end,
    async take(most, one) {
      while (rest.byteLength === 0) {
        const read = await orAborted(one, reader?.read() ?? Promise.reject(new Error("no body")));
        if (read.done) throw endsEarly(asked.where, at, end);
        rest = read.value.subarray(0, end - at);
      }
      const bytes = rest.subarray(0, most);
      rest = rest.subarray(bytes.byteLength);
      at += bytes.byteLength;
      return bytes;
    },
    close: () => own.abort(),
  };
}
