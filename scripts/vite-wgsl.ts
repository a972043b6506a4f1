/** Shaders in bundles without comments and indentation, which are for readers of `shaders/`; line numbers stay true. */
import { readFile } from "node:fs/promises";
import type { Plugin } from "vite";

export function wgslWithoutComments(): Plugin {
  return {
    name: "wgsl-without-comments",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(".wgsl?raw")) return undefined;
      const source = await readFile(id.replace(/\?raw$/, ""), "utf8");
      return `export default ${JSON.stringify(source.replace(/^ +| *\/\/.*$/gm, ""))};`;
    },
  };
}
