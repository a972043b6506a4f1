/** What happens with generated pictures in Rank: they are scored, stopped, and scored further. */
import { focusOn } from "../../base/form.ts";
import { count } from "../../base/format.ts";
import { latest, stop } from "../../base/jobs.ts";
import { announce } from "../../base/page.ts";
import type { Page } from "../../base/page.ts";
import { engineFor } from "../../engine/life.ts";
import { pictureWords } from "../../language/pictures.ts";
import { RANKING_PICTURES } from "./files.ts";
import { pictures, PICTURES_SHOWN } from "./state.ts";
import type { ChosenFiles, RankedPictures } from "./state.ts";

/** Returns what is wrong with the files. */
function fileFault({ pictures: chosen, prompts }: ChosenFiles, prompt: string): string | undefined {
  const say = pictureWords();
  if (chosen.length === 0) return say.noPictures;
  const isOne = prompts.length < 2 || prompt.trim() !== "";
  return isOne ? undefined : say.twoPrompts(prompts.map(({ name }) => name).join(", "));
}

/** Scores the chosen pictures. What an earlier run has scored stays. */
export async function rankPictures(page: Page): Promise<void> {
  const { chosen, prompt } = page.get(pictures);
  const message = fileFault(chosen, prompt);
  if (message !== undefined) {
    const field = "pictures-files";
    page.change(pictures, { fault: { code: "input", message, field } });
    focusOn(field);
    return;
  }
  const running = engineFor(page);
  if (running === undefined) return;
  page.change(pictures, { running: { done: 0, total: chosen.pictures.length }, fault: undefined });
  announce(page, pictureWords().working);
  await latest(
    page.jobs,
    RANKING_PICTURES,
    async (signal) => {
      const { name, ownHead } = await running.loaded;
      signal.throwIfAborted();
      const { pictures: files, texts, prompts } = chosen;
      const request = { pictures: files, texts, prompts: prompts[0], prompt };
      const result = await running.client.call(
        "rankPictures",
        { request },
        { signal, onDone: (done, total) => page.change(pictures, { running: { done, total } }) },
      );
      return { ...result, model: name, ownHead, chosen, prompt };
    },
    {
      done(result) {
        const scored = new Set(result.scored.map(({ name }) => name));
        const urls = new Map(
          chosen.pictures.flatMap(({ name, file }) =>
            scored.has(name) ? [[name, page.pictures.addressOf(file)] as const] : [],
          ),
        );
        page.change(pictures, { result: { ...result, urls }, shown: PICTURES_SHOWN });
        announce(page, pictureWords().said(count(result.scored.length), count(result.total)));
      },
      failed: (fault) => page.change(pictures, { fault }),
      ended: () => page.change(pictures, { running: undefined }),
    },
  );
}

/** Stops the run: what is scored is ranked. */
export function stopPictures(page: Page): void {
  stop(page.jobs, RANKING_PICTURES);
  announce(page, pictureWords().stopped);
}

/** Returns true if files or prompt have changed since. */
export function isStale(page: Page, result: RankedPictures): boolean {
  const { chosen, prompt } = page.get(pictures);
  return chosen !== result.chosen || prompt !== result.prompt;
}
