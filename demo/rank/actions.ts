/** What happens in Rank: up to 64 responses to one prompt are scored in one batch. */
import { focusOn } from "../base/form.ts";
import { signed } from "../base/format.ts";
import { latest, stop } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { checkPicture, conversations, missingPrompt, readable } from "../draft/edit.ts";
import { drafting } from "../draft/state.ts";
import { engineFor } from "../engine/life.ts";
import { readResponses } from "./responses.ts";
import { rank } from "./state.ts";

const RANKING = "ranking";

/** Scores the pasted responses in place of a ranking that runs. */
export async function rankResponses(page: Page): Promise<void> {
  const { prompt, picture } = page.get(drafting).draft;
  const read = readResponses(page.get(rank).text);
  const missing = missingPrompt(prompt);
  if (missing !== undefined) {
    page.change(drafting, { fault: { code: "input", ...missing } });
    focusOn(missing.field);
    return;
  }
  if ("wrong" in read) {
    const field = "rank-responses";
    page.change(rank, { fault: { code: "input", message: read.wrong, field } });
    focusOn(field);
    return;
  }
  const running = engineFor(page);
  if (running === undefined) {
    return;
  }
  const { texts } = read;
  page.change(rank, { running: { done: 0, total: texts.length }, fault: undefined });
  await latest(
    page.jobs,
    RANKING,
    async (signal) => {
      await checkPicture(page, readable(page, { picture }).picture);
      const { name } = await running.loaded;
      signal.throwIfAborted();
      const asked = readable(page, { prompt, picture });
      const scores = await running.client.call(
        "score",
        { conversations: conversations(asked, texts) },
        { signal, onDone: (done, total) => page.change(rank, { running: { done, total } }) },
      );
      const values = scores.map(({ value }) => value);
      const image = scores[0]?.images[0];
      return { model: name, ...asked, image, responses: texts, values };
    },
    {
      done(result) {
        page.change(rank, { result });
        const best = signed(Math.max(...result.values));
        announce(page, `Ranked ${texts.length} responses. The best has ${best}.`);
      },
      failed: (fault) => page.change(rank, { fault }),
      ended: () => page.change(rank, { running: undefined }),
    },
  );
}

export function stopRanking(page: Page): void {
  stop(page.jobs, RANKING);
  announce(page, "Stopped.");
}
