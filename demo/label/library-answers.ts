/** Answers the Label view in the library's worker, which may read a model's files. */
import { resolveSource } from "../../src/files/resolve-source.ts";
import { openFolder } from "../../src/load/folder.ts";
import { readLinearHead } from "../../src/load/own-head.ts";
import { storeIfAny } from "../engine/store.ts";
import type { LibraryAnswers } from "../engine/protocol.ts";

export const headAnswers: LibraryAnswers<"publishedHead"> = {
  async publishedHead({ choice }, { signal }) {
    const { from, token, keep } = choice;
    const store = keep ? await storeIfAny() : undefined;
    const { name } = resolveSource(from, token === undefined ? {} : { token });
    // What is not kept is not downloaded whole for one small layer.
    const isKept = (await store?.has(name)) === true;
    const folder = await openFolder(from, {
      signal,
      ...(token === undefined ? {} : { token }),
      ...(store !== undefined && isKept ? { store } : {}),
    });
    try {
      return await readLinearHead(folder.checkpoint, signal);
    } finally {
      await folder.close();
    }
  },
};
