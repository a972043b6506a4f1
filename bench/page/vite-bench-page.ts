/**
 * A Vite plugin that puts the page which measures a GPU beside the demo, as `bench.html`.
 *
 * While developing, the page is served from here; a build of the demo builds it into the same
 * folder.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { Plugin, ResolvedConfig } from "vite";

const folder = path.dirname(fileURLToPath(import.meta.url));
const repository = path.resolve(folder, "../..");
const file = path.join(folder, "bench.html");

export function benchPage(): Plugin {
  let config: ResolvedConfig | undefined;
  return {
    name: "vl-reward:bench-page",
    configResolved(resolved) {
      config = resolved;
    },
    configureServer(server) {
      server.middlewares.use("/bench.html", (_, response, next) => {
        const html = readFile(file, "utf8").then(fromRepository);
        html
          .then((text) => server.transformIndexHtml("/bench.html", text))
          .then((text) => response.setHeader("Content-Type", "text/html").end(text), next);
      });
    },
    async closeBundle() {
      if (config === undefined || config.command !== "build") return;
      const { outDir, target } = config.build;
      await build({
        root: folder,
        base: config.base,
        configFile: false,
        logLevel: config.logLevel ?? "info",
        build: {
          outDir: path.resolve(config.root, outDir),
          emptyOutDir: false,
          target,
          rolldownOptions: { input: file },
        },
      });
    },
  };
}

/** Returns the page with the addresses under which the demo's server has its files. */
function fromRepository(html: string): string {
  return html
    .replaceAll('"../../demo/', '"/')
    .replaceAll(/"\.\/(bench\.(?:css|ts))"/g, `"/@fs${path.join(repository, "bench/page")}/$1"`);
}
