/**
 * Puts the address of the ready worker's file into the built client, as `new URL("./…",
 * import.meta.url)`: bundlers find that and take the file along.
 */
import path from "node:path";
import type { Plugin } from "vite";

const SOURCE = "src/worker/engine-url.ts";
const PLACE = "__VL_REWARD_ENGINE_URL__";
export const ENGINE_FILE = "engine-worker.js";

export function engineUrl(): Plugin {
  return {
    name: "engine-url",
    // Before Vite's own plugin, which would take the file into the script.
    enforce: "pre",
    transform(_, id) {
      if (!id.endsWith(SOURCE)) return undefined;
      return { code: `export const ENGINE_URL = ${PLACE};`, map: { mappings: "" } };
    },
    renderChunk(code, { fileName }) {
      if (!code.includes(PLACE)) return undefined;
      const way = path.posix.relative(path.posix.dirname(fileName), ENGINE_FILE);
      const file = way.startsWith(".") ? way : `./${way}`;
      const url = `new URL(${JSON.stringify(file)}, import.meta.url)`;
      // Columns to the right of it in its line are off in the source map.
      return { code: code.replaceAll(PLACE, url), map: null };
    },
  };
}
