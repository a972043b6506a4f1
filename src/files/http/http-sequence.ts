// Tested by: test/files/http/http-browsers.test.ts
/**
 * Reads a file on a server from front to back by one request: each request costs more time than a
 * few megabytes do.
 *
 * A response that breaks off is requested again from there. So is one that the server ended because
 * it was not read for a while.
 */
import { orAborted } from "../../abort.ts";
import { ask, PROGRESS_BYTES } from "./http-ask.ts";
import type { AskedFile } from "./http-ask.ts";
import { endsEarly } from "./http-faults.ts";
import { tryWatched } from "./http-retry.ts";
import type { Try } from "./http-retry.ts";
import type { ByteSequence } from "../source.ts";

/** Returns the bytes [begin, end) of the file as a sequence. */
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
            body ??= await sequenceBody(asked, at, end, one);
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

/** The body of a response. It outlives the reads that it serves. */
interface SequenceBody {
  /** The end in the file, exclusive. */
  readonly end: number;
  /** Returns the next bytes: at least one, and `most` at most. */
  take(most: number, signal: AbortSignal): Promise<Uint8Array>;
  close(): void;
}

async function sequenceBody(
  asked: AskedFile,
  begin: number,
  wantedEnd: number,
  one: Try,
): Promise<SequenceBody> {
  const { signal } = one;
  // The signal is of one try; the response continues after it.
  const own = new AbortController();
  const { response, end } = await orAborted(
    signal,
    ask(asked, begin, wantedEnd, own.signal, one),
  ).catch((error: unknown) => {
    own.abort();
    throw error;
  });
  const reader = response.body?.getReader();
  let at = begin;
  let rest = new Uint8Array();
  return {
    end,
    async take(most, ended) {
      while (rest.byteLength === 0) {
        const read = await orAborted(ended, reader?.read() ?? Promise.reject(new Error("no body")));
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
