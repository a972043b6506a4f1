// Tested by: test/demo/rank/table.browser.test.ts
/** The pictures of a table's rows: for the engine, to look at, and from the web with consent. */
import { resolvePictures } from "../../../src/rows/resolve.ts";
import type { Conversation } from "../../../src/types.ts";
import { latest, stop } from "../../base/jobs.ts";
import { announce } from "../../base/page.ts";
import type { Page } from "../../base/page.ts";
import { askLibrary } from "../../engine/library-line.ts";
import { seesPictures } from "../../engine/state.ts";
import { addressOf } from "./read.ts";
import { ranking } from "./state.ts";
import type { PromptRow, PromptTable } from "./state.ts";
import { say } from "./words.ts";

/**
 * Returns the turns up to the responses, pictures in place. A model that reads text only is given
 * no picture.
 * @throws InputError for a picture that cannot be found
 */
export async function messagesOf(
  page: Page,
  { messages }: Pick<PromptRow, "messages">,
  { pictures }: Pick<PromptTable, "pictures">,
): Promise<Conversation> {
  if (!seesPictures(page)) return withoutPictures(messages);
  return await resolvePictures(messages, async (picture) => await pictures.find(picture));
}

function withoutPictures(messages: Conversation): Conversation {
  return messages.map((message) =>
    typeof message.content === "string"
      ? message
      : { ...message, content: message.content.filter(({ type }) => type !== "image") },
  );
}

/** Gives addresses to the pictures of rows that are shown, and forgets those of others. */
export async function showPictures(page: Page, rows: readonly PromptRow[]): Promise<void> {
  const { table, urls: before } = page.get(ranking);
  const isShown = rows.every(({ number }) => before.has(number)) && before.size === rows.length;
  if (table === undefined || isShown) return;
  const urls = new Map(rows.map(({ number }) => [number, before.get(number) ?? []] as const));
  page.change(ranking, { urls });
  const found = await Promise.all(
    rows.map(async ({ number, pictures }) => {
      const known = before.get(number);
      if (known !== undefined && known.length === pictures.length) return { number, known };
      const blobs = await Promise.all(
        pictures.map((one) => table.pictures.find(addressOf(one) ?? one).catch(() => undefined)),
      );
      return { number, blobs };
    }),
  );
  // The page of the table may have been turned meanwhile.
  if (page.get(ranking).urls !== urls) return;
  // Addresses that no view shows are freed at the next drawing: they are made in the same turn.
  const shown = found.map(({ number, known, blobs = [] }) => {
    const own = known ?? blobs.map((blob) => blob && page.pictures.addressOf(blob));
    return [number, own] as const;
  });
  page.change(ranking, { urls: new Map(shown) });
}

const FETCHING = "rank-fetching";
const AT_ONCE = 4;

/**
 * Fetches the pictures that rows name by address, after the person has said so. The library's
 * worker does it: it sees no prompt and no response.
 */
export async function fetchPictures(page: Page): Promise<void> {
  const { table } = page.get(ranking);
  if (table === undefined) return;
  const left = [...table.far];
  const total = left.length;
  let done = 0;
  const failed = new Set<string>();
  page.change(ranking, { fetching: { done, total } });
  await latest(
    page.jobs,
    FETCHING,
    async (signal) => {
      const work = async (): Promise<void> => {
        for (let url = left.shift(); url !== undefined; url = left.shift()) {
          try {
            const { picture } = await askLibrary("fetchPicture", { url }, { signal });
            table.pictures.add(url, picture);
          } catch {
            signal.throwIfAborted();
            failed.add(url);
          }
          done += 1;
          page.change(ranking, { fetching: { done, total } });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    },
    {
      done: () => announce(page, say().fetched(total - failed.size, failed.size)),
      failed: (fault) => page.change(ranking, { fault }),
      ended: () => {
        const far = table.far.filter((url) => !table.pictures.has(url));
        const now = page.get(ranking).table;
        if (now !== table) return;
        page.change(ranking, {
          fetching: undefined,
          table: { ...table, far },
          urls: new Map(),
          told: { text: say().fetched(done - failed.size, failed.size), dropped: [] },
        });
      },
    },
  );
}

export function stopFetching(page: Page): void {
  stop(page.jobs, FETCHING);
}

/** Returns true if a picture of the row has to be fetched first. */
export function isFar({ pictures }: PromptRow, table: PromptTable): boolean {
  return pictures.some((picture) => {
    const address = addressOf(picture);
    return address !== undefined && !table.pictures.has(address);
  });
}
