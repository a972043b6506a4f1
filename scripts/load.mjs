/**
 * Loads a TypeScript module of this repository into a script. Node 20 does not strip types itself.
 */

import path from "node:path";
import { fileURLToPath } from "node:url";
import { createServer, runnerImport } from "vite";

/** The folder of the repository. */
export const repository = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * The exports of a module, named by its path from the repository's root.
 * It must not import dynamically later on.
 *
 * @param {string} file
 */
export async function load(file) {
  const { module } = await runnerImport(path.join(repository, file), {
    configFile: false,
    logLevel: "error",
  });
  return /** @type {Record<string, any>} */ (module);
}

/** Loads modules that import others later on, as puppeteer's do. Node goes on until `close`. */
export async function openModules() {
  const server = await createServer({
    root: repository,
    configFile: false,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  return {
    load: (/** @type {string} */ file) => server.ssrLoadModule(`/${file}`),
    close: () => server.close(),
  };
}
