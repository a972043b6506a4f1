// Tested by: test/cli/cli.browser.test.ts
/**
 * The engine as the commands see it: a page in headless Chrome, or this process, with a model.
 *
 *   case → pictures registered with the server → the runtime scores → result
 */

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { PixelEdit } from "../../src/audit/picture-edits.ts";
import { GpuError, InputError, UnsupportedError, WeightsError } from "../../src/errors.ts";
import type { ExplainOptions, ExplainRequest, Explanation } from "../../src/explain/types.ts";
import { imagePartsOf } from "../../src/text/template/conversation.ts";
import type { Conversation, Progress } from "../../src/types.ts";
import type { PictureFields, RowCase } from "../batch/row-case.ts";
import { publishedNames } from "../../src/model/heads/published.ts";
import { PictureOpener, type OpenedPicture } from "../batch/pictures.ts";
import { noRemotePictures, type PicturePolicy } from "../batch/remote-picture.ts";
import { publicAddress } from "../output/clean.ts";
import type { AdapterChoice } from "./adapter.ts";
import { locateModel } from "./locate-model.ts";
import type {
  Answer,
  Loaded,
  PageError,
  PageFeatures,
  PageInput,
  PageHead,
  PageLoadOptions,
  PageScore,
  TracedTensor,
} from "./page-engine.ts";
import { surroundings } from "../node/surroundings.ts";
import { chooseRuntime, type PageCall, type Runtime, type RuntimeChoice } from "./runtime.ts";
import { startServer, type Server, type Sink } from "./server.ts";

export interface EngineOptions extends Omit<
  PageLoadOptions,
  "kernelProfile" | "chatTemplate" | "head" | "reward" | "orientation" | "alpha"
> {
  /** A folder, `org/name[@revision]`, or a URL; the embedded model by default. */
  readonly model?: string | undefined;
  readonly adapter?: AdapterChoice;
  /** Chrome, or this process by npm's webgpu; by default what suits the machine. */
  readonly runtime?: RuntimeChoice | undefined;
  readonly kernelProfile?: string | undefined;
  readonly chatTemplate?: string | undefined;
  /** A file with the head that judges in place of the published one. */
  readonly head?: string | undefined;
  readonly reward?: PageLoadOptions["reward"];
  readonly orientation?: PageLoadOptions["orientation"];
  readonly alpha?: PageLoadOptions["alpha"];
  /** Which addresses in rows are fetched; none by default. */
  readonly pictures?: PicturePolicy;
  /** Closes the runtime, even in the middle of its work. */
  readonly signal?: AbortSignal;
  /** Takes a line for people. */
  readonly log: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Engine {
  /** The adapter that computes, as the browser names it. */
  readonly adapter: string;
  /**
   * Scores cases; computes their common beginnings once. Paths of pictures are relative to
   * `folder`.
   * @param isWhole whether labels' shares of the vocabulary are computed
   * @throws InputError if any of them cannot be scored; then none is
   */
  score(cases: readonly RowCase[], folder: string, isWhole?: boolean): Promise<PageScore[]>;
  /**
   * Scores conversations, the pictures of each edited first.
   * @throws as `score`
   */
  scoreEdited(
    cases: readonly Conversation[],
    edits: readonly (PixelEdit | undefined)[],
    folder: string,
  ): Promise<PageScore[]>;
  /** Scores as `score`, with the states that the head reads. @throws as `score` */
  features(cases: readonly RowCase[], folder: string): Promise<PageFeatures[]>;
  /**
   * Explains the responses to one prompt. Paths of pictures, of the options too, are relative to
   * `folder`.
   */
  explain(
    request: ExplainRequest & { readonly messages: Conversation },
    options: ExplainOptions,
    folder: string,
  ): Promise<Explanation>;
  /** Scores as `score`, with the states of the inputs. @throws as `score` */
  inputs(cases: readonly RowCase[], folder: string): Promise<PageInput[]>;
  /** Runs one case and sends each activation's bytes (F32) to the sink, in order. */
  trace(one: RowCase, folder: string, sink: Sink): Promise<TracedTensor[]>;
  close(): Promise<void>;
}

/**
 * Starts the runtime and loads the model. The caller closes what it gets.
 * @throws the engine's errors, as the page had them
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const location = await locateModel(options.model);
  const name = publicAddress(location.name);
  const script = fileURLToPath(new URL("page.js", import.meta.url));
  const server = await startServer({ script, modelFolder: location.folder });
  let runtime: Runtime | undefined;
  const close = async (): Promise<void> => {
    options.signal?.removeEventListener("abort", onAbort);
    await runtime?.close().catch(() => {});
    await server.close();
  };
  const onAbort = (): void => void close();
  options.signal?.addEventListener("abort", onAbort);
  try {
    options.signal?.throwIfAborted();
    // The server's address is secret, and the model's may hold a secret.
    const readable = (text: string): string =>
      text
        .replaceAll(server.modelUrl, `${name}/`)
        .replaceAll(server.url, "")
        .replaceAll(location.name, name);
    const { kind, why } = await chooseRuntime(
      options.runtime,
      options.adapter ?? "auto",
      surroundings,
    );
    options.log(`runtime: ${kind} (${why})`);
    const open =
      kind === "node"
        ? (await import("../node/node-runtime.ts")).openNode
        : (await import("./chrome-runtime.ts")).openChrome;
    runtime = await open({
      url: server.url,
      folder: location.folder,
      adapter: options.adapter ?? "auto",
      log: options.log,
      readable,
      onProgress: (progress) => options.onProgress?.(progress),
    });
    options.signal?.throwIfAborted();
    const call = caller(runtime, readable);
    const { weights, residency, memoryBudgetBytes, kernelProfile, chatTemplate } = options;
    const head = options.head === undefined ? undefined : await readHead(options.head);
    const { reward = knownReward(location.folder), orientation, alpha } = options;
    const loaded = await call<Loaded>("load", {
      from: location.folder === undefined ? location.name : server.modelUrl,
      files: location.folder === undefined ? null : await readdir(location.folder),
      options: {
        weights,
        residency,
        memoryBudgetBytes,
        kernelProfile,
        chatTemplate,
        reward,
        orientation,
        alpha,
        head,
      },
    });
    options.log(`adapter: ${loaded.adapter}`);
    if (head !== undefined) options.log(`head: ${head.name}, in place of the published one`);
    const { profile, chosen, matmul, attention } = loaded.kernels;
    options.log(`kernels: ${profile} (${chosen}): matmul ${matmul}, attention ${attention}`);
    const { pictureFields } = loaded;
    return { adapter: loaded.adapter, ...work(call, server, pictureFields, options), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Returns the name of the published model that a folder of this machine is called by: the page does
 * not see the folder's name. A reward.json in it counts first.
 */
function knownReward(folder: string | undefined): string | undefined {
  if (folder === undefined || existsSync(path.join(folder, "reward.json"))) return undefined;
  const base = path.basename(path.resolve(folder)).toLowerCase();
  return publishedNames.find((known) => base.includes(known.toLowerCase()));
}

type Call = <T>(name: PageCall, argument: unknown) => Promise<T>;

function work(
  call: Call,
  server: Server,
  fields: PictureFields,
  options: EngineOptions,
): Pick<Engine, "score" | "scoreEdited" | "features" | "inputs" | "explain" | "trace"> {
  let atWork = 0;
  const placed = (cases: readonly RowCase[], folder: string): Promise<unknown[]> =>
    new PictureOpener(folder, options.pictures ?? noRemotePictures, options.signal).placeCases(
      cases,
      fields,
      (picture) => imageUrl(picture, server),
    );
  const asked = async <T>(
    name: "score" | "scoreEdited" | "features" | "inputs",
    cases: readonly RowCase[],
    folder: string,
    more: Readonly<Record<string, unknown>>,
  ): Promise<T> => {
    // Batches overlap: the pictures of one that is at work are kept.
    if (atWork === 0) server.forgetImages();
    atWork += 1;
    try {
      return await call<T>(name, { cases: await placed(cases, folder), ...more });
    } finally {
      atWork -= 1;
    }
  };
  return {
    score: (cases, folder, isWhole = false) =>
      asked<PageScore[]>("score", cases, folder, { isWhole }),
    scoreEdited: (cases, edits, folder) =>
      asked<PageScore[]>("scoreEdited", cases, folder, {
        edits: edits.map((edit) => edit ?? null),
      }),
    features: (cases, folder) => asked<PageFeatures[]>("features", cases, folder, {}),
    async explain({ messages, responses }, { otherPicture, ...rest }, folder) {
      server.forgetImages();
      const empty = { role: "assistant", content: "" };
      const other =
        otherPicture === undefined
          ? []
          : [{ role: "user", content: [{ type: "image" as const, image: otherPicture }] }];
      const [own = [], another = []] = (await placed(
        [[...messages, empty], ...(other.length > 0 ? [[...other, empty]] : [])],
        folder,
      )) as Conversation[];
      return call<Explanation>("explain", {
        request: { messages: own.slice(0, -1), responses },
        options: { ...rest, otherPicture: imagePartsOf(another)[0]?.image },
      });
    },
    inputs: (cases, folder) => asked<PageInput[]>("inputs", cases, folder, {}),
    async trace(one, folder, sink) {
      server.forgetImages();
      return call<TracedTensor[]>("trace", {
        conversation: (await placed([one], folder))[0],
        sink: server.setSink(sink),
      });
    },
  };
}

/** Calls a function of the engine; an error of it comes back as the class it was. */
function caller(runtime: Runtime, readable: (text: string) => string): Call {
  return async <T>(name: PageCall, argument: unknown): Promise<T> => {
    const answer = JSON.parse(await runtime.call(name, JSON.stringify(argument))) as Answer<T>;
    if (answer.ok) return answer.value;
    throw reviveError(answer.error, readable);
  };
}

const errorClasses = { GpuError, InputError, UnsupportedError, WeightsError };

function reviveError({ name, message }: PageError, readable: (text: string) => string): Error {
  const text = readable(message);
  const revivedAs = Object.entries(errorClasses).find(([known]) => known === name)?.[1];
  if (revivedAs === undefined) return new Error(`${name}: ${text}`);
  const error = new revivedAs({ where: "", what: "" });
  // The sentence was put together in the page already.
  error.message = text;
  return error;
}

/** Reads a head's file. @throws InputError if it is not there */
async function readHead(file: string): Promise<PageHead> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const todo = "Name the head's file, as vl-reward adapt wrote it";
    throw new InputError({ where: `--head ${file}`, what: "cannot be read", todo, cause });
  });
  return { name: path.basename(file), base64: bytes.toString("base64") };
}

/** Gives a picture an address on the server; what is bytes already crosses inside the message. */
function imageUrl(picture: OpenedPicture, server: Server): string {
  if ("file" in picture) return server.addImage(picture.file);
  if ("bytes" in picture) return server.addImage(picture.bytes);
  if (typeof picture.asItIs === "string") return picture.asItIs;
  throw new InputError({ where: "image", expected: "a file, an address or a data URL" });
}
