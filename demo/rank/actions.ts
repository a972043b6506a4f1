/** What happens in Rank: up to 64 responses to one prompt are scored in one batch. */
import { rankValues } from "../../src/preference/ranking.ts";
import { focusOn } from "../base/form.ts";
import { count, signed } from "../base/format.ts";
import { words } from "../language/language.ts";
import { latest, stop } from "../base/jobs.ts";
import { keepAhead } from "../base/keeping.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { checkPicture, conversations, missingPrompt, readable } from "../draft/edit.ts";
import { dropContext, setPicture, setPrompt } from "../draft/edit.ts";
import { drafting } from "../draft/state.ts";
import type { Picture } from "../draft/state.ts";
import { labelThese, type GivenPair } from "../draft/to-label.ts";
import { engineFor } from "../engine/life.ts";
import { seesPictures } from "../engine/state.ts";
import { readPasted } from "./pasted.ts";
import type { Question } from "./pasted.ts";
import { rank } from "./state.ts";
import type { RankResult, ReadText } from "./state.ts";

const RANKING = "ranking";

/**
 * Takes what was pasted or typed. Rows that bring their question put it into the form: a picture
 * that belongs to another question goes.
 */
export function setResponses(page: Page, text: string): void {
  const before = questionIn(page.get(rank).read);
  const read = readPasted(text);
  page.change(rank, { text, read, fault: undefined });
  const question = questionIn(read);
  if (question === undefined || isSame(question, before)) {
    return;
  }
  const { prompt, picture } = page.get(drafting).draft;
  // Earlier turns and further pictures belong to the question that goes.
  dropContext(page);
  if (question.prompt !== prompt) {
    setPrompt(page, question.prompt);
  }
  if (question.picture instanceof Blob) {
    const url = page.pictures.addressOf(question.picture);
    setPicture(page, { blob: question.picture, url, name: "The row’s picture" });
  } else if (picture !== undefined && !belongsTo(picture, question)) {
    setPicture(page, undefined);
  }
}

function questionIn(read: ReadText): Question | undefined {
  return "wrong" in read ? undefined : read.question;
}

/**
 * Returns true if the rows ask what they asked before; a picture within them is taken each time.
 */
function isSame(question: Question, before: Question | undefined): boolean {
  const isNamed = !(question.picture instanceof Blob);
  return isNamed && question.prompt === before?.prompt && question.picture === before.picture;
}

/** Returns whether the form's picture can be that of the rows. */
function belongsTo({ name, url }: Picture, { picture }: Question): boolean {
  const isOwn = url.startsWith("blob:");
  return typeof picture === "string" ? picture.split(/[\\/]/).at(-1) === name : isOwn;
}

/** Returns the picture that the rows name and the form has not yet. */
function missingPicture(page: Page): string | undefined {
  const named = questionIn(page.get(rank).read)?.picture;
  const isMissing = page.get(drafting).draft.picture === undefined && seesPictures(page);
  return typeof named === "string" && isMissing ? named : undefined;
}

/** Scores the pasted responses; replaces a ranking that still runs. */
export async function rankResponses(page: Page): Promise<void> {
  const { prompt, picture } = page.get(drafting).draft;
  const { read } = page.get(rank);
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
  const named = missingPicture(page);
  if (named !== undefined) {
    const field = "picture-file";
    const message = words().rank.missingPicture(named);
    page.change(rank, { fault: { code: "input", message, field } });
    page.change(drafting, { pictureFault: message });
    focusOn(field);
    return;
  }
  const running = engineFor(page);
  if (running === undefined) {
    return;
  }
  const { texts } = read;
  page.change(rank, { running: { done: 0, total: texts.length }, fault: undefined });
  announce(page, words().rank.working(count(texts.length)));
  await latest(
    page.jobs,
    RANKING,
    async (signal) => {
      await checkPicture(page, readable(page, { picture }).picture);
      const { name, ownHead } = await running.loaded;
      signal.throwIfAborted();
      const asked = readable(page, { prompt, picture });
      const scores = await running.client.score(conversations(asked, texts), {
        signal,
        onDone: (done, total) => page.change(rank, { running: { done, total } }),
      });
      const values = scores.map(({ value }) => value);
      const image = scores[0]?.images[0];
      const result = { model: name, ownHead, ...asked, image, responses: texts, values };
      await keepAhead(page, rank, { result });
      return result;
    },
    {
      done(result) {
        page.change(rank, { result });
        const best = signed(Math.max(...result.values));
        announce(page, words().rank.said(count(texts.length), best));
      },
      failed: (fault) => page.change(rank, { fault }),
      ended: () => page.change(rank, { running: undefined }),
    },
  );
}

/** Gives neighbours of a ranking to Label: the closest calls. */
export function labelRanking(page: Page, result: RankResult): void {
  const { prompt, picture, responses, values } = result;
  const [conversation = []] = conversations({ prompt, picture }, [""]);
  const messages = conversation.slice(0, -1);
  const places = rankValues(values);
  const pairs = places.slice(1).map((place, i): GivenPair => {
    // The pair's own order must not say which one the model prefers.
    const [a, b] = [place.index, places[i]?.index ?? place.index].toSorted((x, y) => x - y);
    const text = (index = 0): string => responses[index] ?? "";
    return {
      id: `${(a ?? 0) + 1}:${(b ?? 0) + 1}`,
      messages,
      responses: [text(a), text(b)],
      pictureNames: picture === undefined ? [] : [picture.name],
    };
  });
  labelThese(page, pairs, words().frame.views.rank);
}

export function stopRanking(page: Page): void {
  stop(page.jobs, RANKING);
  announce(page, words().score.stopped);
}
