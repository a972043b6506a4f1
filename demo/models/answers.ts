/** What the worker answers the Models view: a look at a model, and the models that are kept. */
import { openFolder } from "../../src/load/folder.ts";
import { inspectModel } from "../../src/load/inspect.ts";
import { openStore, storeIfAny } from "../engine/store.ts";
import { tellDone } from "../engine/protocol.ts";
import type { LibraryAnswers, Line } from "../engine/protocol.ts";
import type { KeptModels, KeptVerdict } from "./protocol.ts";

export const modelAnswers: LibraryAnswers<
  "inspect" | "download" | "kept" | "verify" | "repair" | "remove"
> = {
  async inspect({ from, token }, { signal }) {
    return await inspectModel(from, { token, store: await storeIfAny(), signal });
  },

  async download({ choice: { from, token, weights } }, line) {
    const store = await openStore();
    const folder = await openFolder(from, {
      store,
      token,
      weights,
      signal: line.signal,
      onProgress: (progress) => line.tell({ reply: "progress", progress }),
    });
    try {
      await folder.text;
    } finally {
      await folder.close();
    }
    return undefined;
  },

  kept: keptModels,

  verify: async ({ name }, line) => await check("verify", name, line),

  repair: async ({ name }, line) => await check("repair", name, line),

  async remove({ name, keepsCopies }, { signal }) {
    const store = await openStore();
    await store.delete(name, { signal, keepQuantised: keepsCopies });
    return await keptModels();
  },
};

async function keptModels(): Promise<KeptModels> {
  const store = await openStore();
  const space = await store.estimate();
  return {
    models: await store.list(),
    usedBytes: space?.usedBytes,
    quotaBytes: space?.quotaBytes,
  };
}

async function check(how: "verify" | "repair", name: string, line: Line): Promise<KeptVerdict> {
  const store = await openStore();
  const { ok, damaged } = await store[how](name, {
    signal: line.signal,
    onProgress: tellDone(line),
  });
  const damagedBytes = damaged.reduce((sum, { begin, end }) => sum + end - begin, 0);
  return { ok, damagedBytes };
}
