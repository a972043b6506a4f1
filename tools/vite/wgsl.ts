/**
 * Shaders in bundles without comments, indentation, and spaces around operands: these are for
 * readers of `shaders/`. Line numbers stay true. Spaces stay where tokens would grow together (`>
 * =`, `- -`, `/ *`).
 */
import { readFile } from "node:fs/promises";
import type { Plugin } from "vite";

const COMMENTS = /^ +| *\/\/.*$/gm;
const SPACES = /(?<=[\w)\]]) ([-+*]?=|[-+*]) (?=[\w(])|(?<=[,:]) | (?=\{)/g;

export function wgslWithoutComments(): Plugin {
  return {
    name: "wgsl-without-comments",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(".wgsl?raw")) return undefined;
      const source = await readFile(id.replace(/\?raw$/, ""), "utf8");
      const short = source.replace(COMMENTS, "").replace(SPACES, "$1");
      return `export default ${JSON.stringify(short)};`;
    },
  };
}
