// Tested by: test/cli/batch/batch.test.ts
/**
 * What scores a batch: the engine in headless Chrome, or a server of vLLM or SGLang.
 */

import { readFile } from "node:fs/promises";
import { RemoteRewardModel } from "../../src/remote/remote-reward-model.ts";
import { InputError } from "../../src/errors.ts";
import type { Conversation, ImageInput } from "../../src/types.ts";
import { isConversation, type RowCase } from "./row-case.ts";
import { UsageError, type EngineArguments } from "../arguments.ts";
import type { Scorer } from "./batch.ts";
import { hasSecrets, publicAddress } from "../output/clean.ts";
import { PictureOpener, type OpenedPicture } from "./pictures.ts";
import type { Context } from "../command.ts";
import { localSource } from "../chrome/local-source.ts";
import { locateModel } from "../chrome/locate-model.ts";
import { withEngine } from "../chrome/with-engine.ts";

export interface Backend {
  readonly url: string;
  readonly model: string | undefined;
  readonly probe: boolean;
}

/** The options of a server, and those of the engine here that mean nothing with one. */
const backendNames = {
  backend: false,
  "backend-model": false,
  "no-probe": false,
  weights: true,
  residency: true,
  adapter: true,
  runtime: true,
  "kernel-profile": true,
  "chat-template": true,
  head: true,
} as const;

/**
 * Returns the server that the options name, if any.
 * @throws UsageError
 */
export function backendArguments(
  values: Partial<Record<keyof typeof backendNames, string | boolean | string[]>>,
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
    const got = publicAddress(backend);
    throw new UsageError(`--backend takes an address, http://HOST:PORT; got ${got}`);
  }
  if (hasSecrets(backend)) {
    throw new UsageError(
      "--backend takes a base address without user name, password and query: " +
        "give the server's key as VL_REWARD_API_KEY, from the environment",
    );
  }
  for (const [name, isEngines] of Object.entries(backendNames)) {
    if (!isEngines || values[name as keyof typeof backendNames] === undefined) continue;
    throw new UsageError(`--${name} does not go with --backend: the server has the model`);
  }
  return { url: backend, model: typeof model === "string" ? model : undefined, probe };
}

/** Opens what scores, does the work, and closes it. */
export async function withScorer<T>(
  engine: EngineArguments,
  backend: Backend | undefined,
  context: Context,
  work: (scorer: Scorer) => Promise<T>,
  isWhole = false,
): Promise<T> {
  if (backend !== undefined) return withServer(engine, backend, context, work);
  return withEngine(engine, context, (page) =>
    work({
      // One at work, one on its way.
      callsAhead: 2,
      async score(cases, folder) {
        const scores = await page.score(cases, folder, isWhole);
        return scores.map((one) => ({ ...one, tokens: one.tokens ?? one.tokenIds.length }));
      },
      async scoreEdited(conversations, edits, folder) {
        const scores = await page.scoreEdited(conversations, edits, folder);
        return scores.map((one) => ({ ...one, tokens: one.tokenIds.length }));
      },
      async features(conversations, folder) {
        const scores = await page.features(conversations, folder);
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
    async score(cases, folderOfRows) {
      const opener = new PictureOpener(folderOfRows, engine.pictures, signal);
      return remote.score(await opener.place(cases.map(conversationOf), toBlob), { signal });
    },
  });
}

/** Returns a conversation. @throws InputError for another case: servers take none */
function conversationOf(one: RowCase): Conversation {
  if (isConversation(one)) return one;
  throw new InputError({
    where: "row",
    expected: "a conversation: a server takes no inputs, labels or questions",
    got: Object.keys(one).join(", "),
    todo: "Score it without --backend",
  });
}

async function toBlob(picture: OpenedPicture): Promise<ImageInput> {
  if ("asItIs" in picture) return picture.asItIs;
  const bytes = "bytes" in picture ? picture.bytes : await readFile(picture.file);
  return new Blob([bytes as Uint8Array<ArrayBuffer>]);
}
