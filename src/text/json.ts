// Tested by: test/text/text-processor.test.ts
/** Reads JSON objects of a checkpoint's text side. Their values are checked at each use. */
import { isObject, type JsonObject } from "../base/json.ts";
import { WeightsError } from "../errors.ts";
import type { Source } from "../files/source.ts";
import { parseJson, readText } from "../files/text-file.ts";

/** Published tokenizer.json have 7 to 18 MB. */
const MAX_BYTES = 64_000_000;

/**
 * Reads the JSON object in a file of the source; undefined if there is no such file.
 * @throws WeightsError if the file holds anything else, or more than 64 MB
 */
export async function readObject(
  source: Source,
  path: string,
  signal?: AbortSignal,
): Promise<JsonObject | undefined> {
  const text = await readText(source, path, { maxBytes: MAX_BYTES, signal });
  if (text === undefined) return undefined;
  const where = `${source.name}, ${path}`;
  const value = parseJson(text, where);
  if (isObject(value)) return value;
  throw new WeightsError({ where, what: "the file is not a JSON object" });
}
