// Tested by: test/checkpoint/checkpoint.test.ts
/** Reads the small text files of a checkpoint whole: JSON mostly. */
import { WeightsError } from "../errors.ts";
import { expectEnd, jsonCursor, refuseEqualKeys, skipValue } from "../base/json-scan.ts";
import type { Source } from "./source.ts";

export interface TextFileOptions {
  /**
   * The largest file that is read; 10 MB by default. For `tokenizer.json` (7 to 18 MB) give 64 MB.
   */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

const MAX_BYTES = 10_000_000;

/**
 * Returns the JSON value in a file; the caller must check its shape.
 * @throws WeightsError if there is no such file, or if it is too large, HTML, not UTF-8 or not JSON
 *   (with line and column)
 */
export async function readJson(
  source: Source,
  path: string,
  options: TextFileOptions = {},
): Promise<unknown> {
  const text = await readText(source, path, options);
  const where = `${source.name}, ${path}`;
  if (text === undefined) throw missingFile(where);
  return parseJson(text, where);
}

/** Returns the error for a file that every model has. */
export function missingFile(where: string): WeightsError {
  return new WeightsError({
    where,
    what: "there is no such file",
    todo: "Give the folder of a model as it is on the hub, with its configuration",
  });
}

/**
 * Returns the text of a file, or undefined if there is none.
 * @throws WeightsError if it is too large or not UTF-8
 */
export async function readText(
  source: Source,
  path: string,
  { maxBytes = MAX_BYTES, signal }: TextFileOptions = {},
): Promise<string | undefined> {
  const file = await source.open(path, signal);
  if (file === undefined) return undefined;
  const where = `${source.name}, ${path}`;
  if (file.byteLength > maxBytes) {
    const wanted = `at most ${maxBytes.toLocaleString("en-US")} bytes`;
    const todo = "Check that the file is what its name says";
    throw new WeightsError({
      where,
      what: "is too large",
      got: file.byteLength,
      expected: wanted,
      todo,
    });
  }
  const bytes = new Uint8Array(file.byteLength);
  await file.read(0, bytes, signal);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new WeightsError({ where, what: "is not UTF-8 text", todo: "Download it again", cause });
  }
}

/**
 * Parses JSON.
 * @throws WeightsError that says whether it is HTML, or where the JSON breaks, has a key twice or
 *   goes too deep
 */
export function parseJson(text: string, where: string): unknown {
  refuseHtml(text, where);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Our own reader reports line and column in the same words in every browser.
    const cursor = jsonCursor(text, where);
    skipValue(cursor);
    expectEnd(cursor);
    throw new WeightsError({ where, what: "is not valid JSON", todo: "Download it again", cause });
  }
  refuseEqualKeys(text, where);
  return value;
}

/**
 * Refuses HTML: servers answer wrong addresses with a page.
 * @throws WeightsError if the text is HTML
 */
export function refuseHtml(text: string, where: string): void {
  if (!/^\s*<[!?a-z]/i.test(text)) return;
  throw new WeightsError({
    where,
    what: "is not what was requested",
    got: "HTML (a login or error page?)",
    expected: "JSON",
    todo: "Open the address in a browser to see what the server says",
  });
}
