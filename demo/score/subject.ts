// Tested by: test/demo/explain.browser.test.ts
/** A row of Score as the panel explains it. */
import { letter } from "../base/axis.ts";
import type { Page } from "../base/page.ts";
import { conversations, readable } from "../draft/edit.ts";
import type { Subject } from "../explain/state.ts";
import { withBytes } from "./samples.ts";
import type { Verdict } from "./state.ts";

export function subjectOf(page: Page, verdict: Verdict, index: number): Subject {
  const { draft, scores } = verdict;
  return {
    of: verdict,
    index,
    candidates: draft.responses.map(({ text }, i) => ({
      name: letter(i),
      text,
      value: scores[i]?.value ?? Number.NaN,
    })),
    steps: scores[index]?.steps,
    pictureUrl: readable(page, draft).picture?.url,
    async messages() {
      const picture = await withBytes(draft.picture);
      const [conversation = []] = conversations(readable(page, { ...draft, picture }), [""]);
      return conversation.slice(0, -1);
    },
  };
}
