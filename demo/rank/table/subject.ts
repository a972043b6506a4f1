// Tested by: test/demo/rank/table.browser.test.ts
/** A row of the table as a verdict, and a response of it as the panel explains it. */
import { letter } from "../../base/axis.ts";
import type { Page } from "../../base/page.ts";
import type { ResponseScore } from "../../engine/protocol.ts";
import type { Judge } from "../../engine/state.ts";
import { seesPictures } from "../../engine/state.ts";
import type { Subject } from "../../explain/state.ts";
import type { Verdict } from "../../verdict/state.ts";
import { messagesOf } from "./pictures.ts";
import { ranking } from "./state.ts";
import type { PromptRow, PromptTable } from "./state.ts";

const verdicts = new WeakMap<object, Verdict>();

/** Returns the verdict on a row: the same one for the same scores. */
export function verdictOf(
  { prompt, texts }: PromptRow,
  result: { readonly scores: readonly ResponseScore[] },
  judge: Judge | undefined,
): Verdict {
  const responses = texts.map((text, key) => ({ key, text }));
  const verdict = verdicts.get(result) ?? {
    draft: { picture: undefined, prompt, responses },
    scores: result.scores,
    judge,
  };
  verdicts.set(result, verdict);
  return verdict;
}

export function subjectOf(
  page: Page,
  table: PromptTable,
  row: PromptRow,
  verdict: Verdict,
  index: number,
): Subject {
  return {
    of: verdict,
    judge: verdict.judge,
    index,
    candidates: row.texts.map((text, i) => ({
      name: letter(i),
      text,
      value: verdict.scores[i]?.value ?? Number.NaN,
    })),
    pictureUrl: seesPictures(page) ? page.get(ranking).urls.get(row.number)?.[0] : undefined,
    messages: () => messagesOf(page, row, table),
  };
}
