/**
 * The demo built as it is published, and served as a static host would: no server code, no dev
 * server.
 *
 * With `fake`, the engine in the page's worker is `fake-engine.ts`; the page, its worker and the
 * wire between them are the real ones.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview, type Plugin } from "vite";
import { benchPage } from "../../bench/page/vite-bench-page.ts";
import { embeddedModel } from "../../demo/vite-embedded-model.ts";
import { offlinePage } from "../../demo/vite-offline.ts";

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

export interface ServedPage {
  readonly url: string;
  /** The served folder; a test may put files there. */
  readonly folder: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly fake?: boolean;
  /** With its service worker. Without, each visit meets the files as they are. */
  readonly offline?: boolean;
}

export async function servePage(options: ServeOptions = {}): Promise<ServedPage> {
  const outDir = await mkdtemp(path.join(tmpdir(), "vl-reward-page-"));
  const root = path.join(repository, "demo");
  const modelFolder = path.join(repository, "weights/tiny-vl-reward");
  const fakes = (): Plugin[] => (options.fake === true ? [fakeEngine()] : []);
  const offline = options.offline === true ? [offlinePage({ isKept: true })] : [];
  await build({
    root,
    base: "./",
    configFile: false,
    logLevel: "error",
    plugins: [embeddedModel(modelFolder), benchPage(), ...fakes(), ...offline],
    worker: { format: "iife", plugins: fakes },
    build: { outDir, emptyOutDir: true, target: "esnext" },
  });
  const server = await preview({
    root,
    configFile: false,
    logLevel: "error",
    appType: "mpa",
    build: { outDir },
    // As public static hosts answer: frames without an origin get the scripts too.
    preview: { port: 0, host: "localhost", cors: true },
  });
  return {
    folder: outDir,
    url: server.resolvedUrls?.local[0] ?? "",
    async close() {
      await server.close();
      await rm(outDir, { recursive: true });
    },
  };
}

function fakeEngine(): Plugin {
  const fake = path.join(repository, "testing/demo/fake-engine.ts");
  return {
    name: "test:fake-engine",
    enforce: "pre",
    resolveId(source, importer) {
      const isEngine = source.endsWith("/reward-model.ts") && importer?.includes("/src/serve/");
      return isEngine === true ? fake : null;
    },
  };
}
