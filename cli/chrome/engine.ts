/**
 * The engine as Node sees it: a page in headless Chrome that has a model loaded.
 *
 *   case → pictures registered with the server → page scores → result
 */

import { stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { isObject } from "../../src/base/json.ts";
import { GpuError, InputError, UnsupportedError, WeightsError } from "../../src/errors.ts";
import type { Conversation, Progress } from "../../src/types.ts";
import type { AdapterChoice } from "./adapter.ts";
import { launchBrowser } from "./browser.ts";
import { locateModel } from "./locate-model.ts";
import type {
  Answer,
  Loaded,
  PageError,
  PageLoadOptions,
  PageScore,
  TracedTensor,
} from "./page.ts";
import { startServer, type Server, type Sink } from "./server.ts";

export interface EngineOptions extends Omit<PageLoadOptions, "kernelProfile"> {
  /** A folder, `org/name[@revision]`, or a URL; the embedded model by default. */
  readonly model?: string | undefined;
  readonly adapter?: AdapterChoice;
  readonly kernelProfile?: string | undefined;
  /** Closes Chrome, whatever it is doing. */
  readonly signal?: AbortSignal;
  /** Takes a line for people. */
  readonly log: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Engine {
  /** The adapter that computes, as the browser names it. */
  readonly adapter: string;
  /**
   * Scores conversations, what they have in common once; paths of pictures are relative to `folder`.
   * @throws InputError where any of them cannot be scored; then none is
   */
  score(conversations: readonly Conversation[], folder: string): Promise<PageScore[]>;
  /** Runs one conversation and sends each activation's bytes (F32) to the sink, in order. */
  trace(conversation: Conversation, folder: string, sink: Sink): Promise<TracedTensor[]>;
  close(): Promise<void>;
}

/**
 * Starts Chrome and loads the model. The caller closes what it gets.
 * @throws the engine's errors, as the page had them
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const location = await locateModel(options.model);
  const script = fileURLToPath(new URL("page.js", import.meta.url));
  const server = await startServer({ script, modelFolder: location.folder });
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    options.signal?.removeEventListener("abort", onAbort);
    await browser?.close().catch(() => {});
    await server.close();
  };
  const onAbort = (): void => void close();
  options.signal?.addEventListener("abort", onAbort);
  try {
    options.signal?.throwIfAborted();
    browser = await launchBrowser({ adapter: options.adapter ?? "auto", log: options.log });
    options.signal?.throwIfAborted();
    const page = await openPage(browser, server, options);
    const call = caller(page, (text) =>
      text.replaceAll(server.modelUrl, `${location.name}/`).replaceAll(server.url, ""),
    );
    const { weights, residency, memoryBudgetBytes, kernelProfile } = options;
    const loaded = await call<Loaded>("load", {
      from: location.folder === undefined ? location.name : server.modelUrl,
      options: { weights, residency, memoryBudgetBytes, kernelProfile },
    });
    options.log(`adapter: ${loaded.adapter}`);
    const { profile, chosen, matmul, attention } = loaded.kernels;
    options.log(`kernels: ${profile} (${chosen}): matmul ${matmul}, attention ${attention}`);
    return { adapter: loaded.adapter, ...work(call, server), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Call = <T>(name: "load" | "score" | "trace", argument: unknown) => Promise<T>;

function work(call: Call, server: Server): Pick<Engine, "score" | "trace"> {
  let atWork = 0;
  return {
    async score(conversations, folder) {
      // Batches overlap: the pictures of one that is at work are kept.
      if (atWork === 0) server.forgetImages();
      atWork += 1;
      try {
        const ready = conversations.map((one) => withImageUrls(one, folder, server));
        return await call<PageScore[]>("score", await Promise.all(ready));
      } finally {
        atWork -= 1;
      }
    },
    async trace(conversation, folder, sink) {
      server.forgetImages();
      return call<TracedTensor[]>("trace", {
        conversation: await withImageUrls(conversation, folder, server),
        sink: server.setSink(sink),
      });
    },
  };
}

async function openPage(browser: Browser, server: Server, options: EngineOptions): Promise<Page> {
  const page = await browser.newPage();
  page.on("pageerror", (error) => options.log(`page: ${String(error)}`));
  page.on("console", (message) => {
    // The engine asks for files that a model may lack; that is no error.
    if (message.type() !== "error" || message.text().startsWith("Failed to load resource")) return;
    options.log(`page: ${message.text()}`);
  });
  await page.exposeFunction("vlRewardProgress", (progress: Progress) =>
    options.onProgress?.(progress),
  );
  await page.exposeFunction("vlRewardWarning", (message: string) =>
    options.log(`warning: ${message}`),
  );
  await page.goto(server.url, { waitUntil: "load" });
  return page;
}

/** Calls a function of the page; an error of the engine comes back as the class it was. */
function caller(page: Page, readable: (text: string) => string): Call {
  return async <T>(name: "load" | "score" | "trace", argument: unknown): Promise<T> => {
    const json = await page.evaluate(
      (fn, text) => globalThis.vlReward[fn](text),
      name,
      JSON.stringify(argument),
    );
    const answer = JSON.parse(json) as Answer<T>;
    if (answer.ok) return answer.value;
    throw revived(answer.error, readable);
  };
}

const errorClasses = { GpuError, InputError, UnsupportedError, WeightsError };

function revived({ name, message }: PageError, readable: (text: string) => string): Error {
  const text = readable(message);
  const revivedAs = Object.entries(errorClasses).find(([known]) => known === name)?.[1];
  if (revivedAs === undefined) return new Error(`${name}: ${text}`);
  const error = new revivedAs({ where: "", what: "" });
  // The sentence was put together in the page already.
  error.message = text;
  return error;
}

/** The conversation with each path of a picture replaced by a URL of the server. */
async function withImageUrls(
  conversation: Conversation,
  folder: string,
  server: Server,
): Promise<unknown[]> {
  return Promise.all(
    // Rows come from a file: what is no message is left for the engine to refuse.
    conversation.map(async (message: unknown) => {
      if (!isObject(message) || !Array.isArray(message["content"])) return message;
      const content = message["content"].map(async (part: unknown) => {
        if (!isObject(part) || typeof part["image"] !== "string") return part;
        return { ...part, image: await imageUrl(part["image"], folder, server) };
      });
      return { ...message, content: await Promise.all(content) };
    }),
  );
}

async function imageUrl(image: string, folder: string, server: Server): Promise<string> {
  if (/^(https?|data):/i.test(image)) return image;
  const named = image.startsWith("file:") ? fileURLToPath(image) : image;
  const file = path.resolve(folder, named);
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile()) return server.addImage(file);
  throw new InputError({
    where: `image ${image}`,
    what: stats === undefined ? "there is no such file" : "is no file",
    got: file,
    todo: "Image paths are relative to the file that names them",
  });
}
