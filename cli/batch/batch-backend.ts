/**
 * What scores a batch: the engine in headless Chrome, or a server of vLLM or SGLang.
 */

import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isObject } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { RemoteRewardModel } from "../../src/remote/remote-reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import { UsageError, type EngineArguments } from "../arguments.ts";
import type { Scorer } from "./batch.ts";
import type { Context } from "../command.ts";
import { localSource } from "../chrome/local-source.ts";
import { locateModel } from "../chrome/locate-model.ts";
import { withEngine } from "../chrome/with-engine.ts";

export interface Backend {
  readonly url: string;
  readonly model: string | undefined;
  readonly probe: boolean;
}

/** The server that the options name, if any. @throws UsageError */
export function backendArguments(
  values: Partial<Record<"backend" | "backend-model" | "no-probe", string | boolean>>,
): Backend | undefined {
  const { backend } = values;
  const model = values["backend-model"];
  const probe = values["no-probe"] !== true;
  if (typeof backend !== "string") {
    const alone = model === undefined ? "--no-probe" : "--backend-model";
    if (model !== undefined || !probe) throw new UsageError(`${alone} goes with --backend`);
    return undefined;
  }
  if (!/^https?:\/\/./i.test(backend)) {
    throw new UsageError(`--backend takes an address, http://HOST:PORT; got ${backend}`);
  }
  return { url: backend, model: typeof model === "string" ? model : undefined, probe };
}

/** Opens what scores, does the work, and closes it. */
export async function withScorer<T>(
  engine: EngineArguments,
  backend: Backend | undefined,
  context: Context,
  work: (scorer: Scorer) => Promise<T>,
): Promise<T> {
  if (backend !== undefined) return withServer(engine, backend, context, work);
  return withEngine(engine, context, (page) =>
    work({
      // One at work, one on its way.
      callsAhead: 2,
      async score(conversations, folder) {
        const scores = await page.score(conversations, folder);
        return scores.map((one) => ({ ...one, tokens: one.tokenIds.length }));
      },
    }),
  );
}

async function withServer<T>(
  engine: EngineArguments,
  backend: Backend,
  context: Context,
  work: (scorer: Scorer) => Promise<T>,
): Promise<T> {
  const { url, model, probe } = backend;
  const located = engine.model === undefined ? undefined : await locateModel(engine.model);
  const folder = located?.folder;
  const log = (line: string): void => {
    if (!engine.quiet) context.log(line);
  };
  await using remote = await RemoteRewardModel.connect(url, {
    model,
    probe,
    tokenizer: folder === undefined ? located?.name : localSource(folder),
    apiKey: process.env["VL_REWARD_API_KEY"],
    signal: context.signal,
    onWarning: (message) => log(`warning: ${message}`),
  });
  log(`backend: ${remote.name}`);
  const signal = context.signal;
  return await work({
    callsAhead: 4,
    async score(conversations, folderOfRows) {
      const read = await Promise.all(conversations.map((one) => withPictures(one, folderOfRows)));
      return remote.score(read, { signal });
    },
  });
}

/** The conversation with each path of a picture replaced by the file. */
async function withPictures(conversation: Conversation, folder: string): Promise<Conversation> {
  return (await Promise.all(
    // Rows come from a file: what is no message is left for the client to refuse.
    conversation.map(async (message: unknown) => {
      if (!isObject(message) || !Array.isArray(message["content"])) return message;
      const parts = message["content"].map(async (part: unknown) => {
        if (!isObject(part) || typeof part["image"] !== "string") return part;
        return { ...part, image: await picture(part["image"], folder) };
      });
      return { ...message, content: await Promise.all(parts) };
    }),
  )) as unknown as Conversation;
}

async function picture(image: string, folder: string): Promise<string | Blob> {
  if (/^(https?|data):/i.test(image)) return image;
  const file = path.resolve(folder, image.startsWith("file:") ? fileURLToPath(image) : image);
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile()) return new Blob([await readFile(file)]);
  throw new InputError({
    where: `image ${image}`,
    what: stats === undefined ? "there is no such file" : "is no file",
    got: file,
    todo: "Image paths are relative to the file that names them",
  });
}
