/** The errors of a file on a server. Those that another try may fix are `PassingFault`s. */
import { WeightsError } from "../../errors.ts";
import { PassingFault } from "../../base/retry.ts";

/** The largest file that is held whole, if a server ignores Range. */
export const WHOLE_FILE_BYTES = 16_000_000;

export function endsEarly(where: string, got: number, wanted: number): PassingFault {
  return new PassingFault({
    where,
    what: "the transfer ended early",
    got: `byte ${got.toLocaleString("en-US")}`,
    expected: `byte ${wanted.toLocaleString("en-US")}`,
    todo: "Check the connection and try again",
  });
}

export function changed(where: string): WeightsError {
  const what = "the file changed or vanished on the server while it was read";
  return new WeightsError({ where, what, todo: "Load the model again" });
}

export function page(where: string): WeightsError {
  return new WeightsError({
    where,
    what: "is not what was requested",
    got: "HTML (a login or error page?)",
    todo: "Open the address in a browser to see what the server says",
  });
}

export function ignoresRange(where: string, byteLength: number | undefined): WeightsError {
  return new WeightsError({
    where,
    what: "the server ignores Range requests, so that a large file cannot be read in pieces",
    got: `HTTP 200 and ${byteLength?.toLocaleString("en-US") ?? "too many"} bytes`,
    expected: `HTTP 206, or at most ${WHOLE_FILE_BYTES.toLocaleString("en-US")} bytes`,
    todo: "Use a server that answers Range requests",
  });
}

export function hidesLength(where: string): WeightsError {
  return new WeightsError({
    where,
    what: "the server does not say how long the file is",
    expected: "a Content-Range header that the page may read",
    todo: "Send `Access-Control-Expose-Headers: Content-Range`",
  });
}

export function sendsWhole(where: string): PassingFault {
  const what = "the server sent the whole file instead of a part";
  const todo = "Use a server that answers Range requests";
  return new PassingFault({ where, what, got: "HTTP 200", expected: "HTTP 206", todo });
}

export function refusesMidway(where: string, status: number): PassingFault {
  return new PassingFault({
    where,
    what: "the server refuses a file that it sent in part",
    got: `HTTP ${status}`,
    todo: "Its signed address may have expired, or its network refuses requests for now. Load again later",
  });
}

export function compressesParts(where: string): PassingFault {
  return new PassingFault({
    where,
    what: "the browser cannot read the parts of this file, but the whole of it: the server compresses them",
    expected: "parts without Content-Encoding",
    todo: "Switch compression off on the server for the files of models",
  });
}
