// Tested by: test/demo/explain.browser.test.ts
/** A row of Score as the panel explains it. */
import { letter } from "../base/axis.ts";
import { located } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { messagesOf, picturesOf } from "../draft/context.ts";
import { readable } from "../draft/edit.ts";
import type { Subject } from "../explain/state.ts";
import { withAllBytes } from "./samples.ts";
import type { Verdict } from "../verdict/state.ts";

/** Returns the row that the address of the page names; −1 if it names none. */
export function rowOfAddress(page: Page): number {
  const [, name] = /^score\/why\/([A-Z])$/.exec(page.get(located).address) ?? [];
  return name === undefined ? -1 : name.charCodeAt(0) - letter(0).charCodeAt(0);
}

export function subjectOf(page: Page, verdict: Verdict, index: number): Subject {
  const { draft, scores } = verdict;
  const pictureUrls = picturesOf(readable(page, draft)).map(({ url }) => url);
  return {
    of: verdict,
    judge: verdict.judge,
    index,
    address: `score/why/${letter(index)}`,
    candidates: draft.responses.map(({ text }, i) => ({
      name: letter(i),
      text,
      value: scores[i]?.value ?? Number.NaN,
    })),
    steps: scores[index]?.steps,
    pictureUrl: pictureUrls[0],
    pictureUrls,
    async messages() {
      return messagesOf(readable(page, await withAllBytes(draft)));
    },
  };
}
