/**
 * A real browser for tests: the repository served by Vite, pages that import its TypeScript, and an
 * eye on everything that goes wrong in them.
 *
 *   const browser = await openTestBrowser();                              // in beforeAll
 *   const page = await browser.openPage();
 *   const compile = page.module<typeof import("./page/compile.ts")>("compile.ts");
 *   const messages = await compile.compileAll();                          // runs in the page
 *   await browser.close();                                                // in afterAll
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer";
import { createServer, type Plugin, type ViteDevServer } from "vite";
import { launchTestBrowser } from "./launch.ts";

export interface TestBrowser {
  readonly browser: Browser;
  /** Where the repository's root is served: `http://localhost:<port>/`. */
  readonly url: string;
  /** Opens a page: the empty one, or any of the repository by its path from the root. */
  openPage(path?: string): Promise<TestPage>;
  /** Fails if a page saw an error that no test took. */
  close(): Promise<void>;
}

export interface TestPage {
  readonly page: Page;
  /**
   * Returns the functions of a module, which run in the page. Arguments and results travel as JSON.
   * The path starts at the repository's root, or at testing/browser/page if it has no slash.
   */
  module<M extends object>(path: string): InPage<M>;
  /** Console errors, uncaught errors and failed requests since the last call; the test answers. */
  takeErrors(): string[];
}

/** A module's functions as a test calls them. */
export type InPage<M> = {
  readonly [K in keyof M]: M[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const emptyPage = "testing/browser/page/index.html";

/**
 * Serves the repository and starts the browser. `plugins` are added to Vite's, `flags` to Chrome's;
 * `firefox` is the path of a Firefox to start in Chrome's place.
 */
export async function openTestBrowser(
  plugins: readonly Plugin[] = [],
  flags: readonly string[] = [],
  firefox?: string,
): Promise<TestBrowser> {
  const cacheDir = await mkdtemp(path.join(tmpdir(), "vl-reward-vite-"));
  const server = await serveRepository(plugins, cacheDir);
  const closeServer = async (): Promise<void> => {
    await server.close();
    await rm(cacheDir, { recursive: true, force: true });
  };
  const log = (line: string): void => console.log(line);
  const browser = await launchTestBrowser({ log, flags }, firefox).catch(async (error: unknown) => {
    await closeServer();
    throw error;
  });
  const url = server.resolvedUrls?.local[0] ?? "";
  const pages: TestPage[] = [];
  return {
    browser,
    url,
    async openPage(file = emptyPage) {
      const page = watch(await browser.newPage());
      pages.push(page);
      await page.page.goto(new URL(file, url).href, { waitUntil: "load" });
      return page;
    },
    async close() {
      const errors = pages.flatMap((page) => page.takeErrors());
      await browser.close();
      await closeServer();
      if (errors.length > 0) throw new Error(`errors in the page:\n${errors.join("\n")}`);
    },
  };
}

async function serveRepository(
  plugins: readonly Plugin[],
  cacheDir: string,
): Promise<ViteDevServer> {
  const server = await createServer({
    root: repository,
    // Of its own: two files that start side by side would write the same one.
    cacheDir,
    configFile: false,
    logLevel: "warn",
    appType: "mpa",
    plugins: [...plugins],
    // Nothing may reload a page in the middle of a test.
    server: { port: 0, host: "localhost", hmr: false, watch: null },
    optimizeDeps: {
      noDiscovery: true,
      include: ["@huggingface/tokenizers"],
    },
  });
  return server.listen();
}

/** The errors of Chrome and Firefox for a body that the page has cancelled. */
const GIVEN_UP = ["net::ERR_ABORTED", "NS_BINDING_ABORTED", "NS_BASE_STREAM_CLOSED"];

function watch(page: Page): TestPage {
  let errors: string[] = [];
  page.on("pageerror", (error) => errors.push(`uncaught: ${String(error)}`));
  page.on("console", (message) => {
    // The engine asks for files that a model may lack; Chrome writes each such answer down.
    if (message.type() !== "error" || / status of 404 /.test(message.text())) return;
    errors.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    // The engine gives up the body of an answer that it does not need.
    const text = request.failure()?.errorText ?? "failed";
    if (GIVEN_UP.includes(text)) return;
    errors.push(`request: ${request.url()}: ${text}`);
  });
  return {
    page,
    module<M extends object>(file: string) {
      const at = file.includes("/") ? file : `testing/browser/page/${file}`;
      return new Proxy({} as InPage<M>, {
        get: (_, name) =>
          // A promise asks for `then`.
          name === "then" ? undefined : (...args: unknown[]) => call(page, `/${at}`, name, args),
      });
    },
    takeErrors() {
      const taken = errors;
      errors = [];
      return taken;
    },
  };
}

function call(page: Page, file: string, name: string | symbol, args: unknown[]): Promise<unknown> {
  return page.evaluate(
    (module, fn, values) => globalThis.callModule(module, fn, values),
    file,
    String(name),
    args,
  );
}
