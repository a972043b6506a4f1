// Tested by: test/demo/rank/table.browser.test.ts
/**
 * Answers Rank in the library's worker: fetches a picture from its address. The worker sees the
 * address, and no prompt and no response.
 */
import { InputError } from "../../src/errors.ts";
import type { LibraryAnswers } from "../engine/protocol.ts";
import type { FetchedPicture } from "./protocol.ts";

/** No camera makes pictures of half a gigabyte. */
const MOST_BYTES = 2 ** 29;

export const pictureAnswers: LibraryAnswers<"fetchPicture"> = {
  async fetchPicture({ url }, { signal }): Promise<FetchedPicture> {
    const response = await fetch(url, {
      signal,
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    const where = url;
    if (!response.ok) throw new InputError({ where, what: `status ${response.status}` });
    const picture = await response.blob();
    if (picture.size > MOST_BYTES) throw new InputError({ where, what: "is too large" });
    return { picture };
  },
};
