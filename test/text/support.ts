/** Golden files and sources for the tests of this room. */
import { existsSync, readFileSync } from "node:fs";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import type { Source } from "../../src/files/source.ts";

export const GOLDEN: URL = new URL("../golden/", import.meta.url);

/** A source over files in memory. */
export function memorySource(files: Readonly<Record<string, string>>): Source {
  return {
    name: "memory",
    open: (path) => {
      const text = files[path];
      if (text === undefined) return Promise.resolve(undefined);
      const bytes = new TextEncoder().encode(text);
      return Promise.resolve({
        path,
        byteLength: bytes.length,
        read: (begin, into) => {
          into.set(bytes.subarray(begin, begin + into.byteLength));
          return Promise.resolve();
        },
      });
    },
  };
}

/** The small text files of a golden folder. */
export function goldenFiles(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
    const url = new URL(`${folder}/${name}`, GOLDEN);
    if (existsSync(url)) files[name] = readFileSync(url, "utf8");
  }
  return files;
}

export function readJson(url: string | URL): JsonObject {
  const json: unknown = JSON.parse(readFileSync(url, "utf8"));
  if (!isObject(json)) throw new Error(`${String(url)} holds no object`);
  return json;
}
