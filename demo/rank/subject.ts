// Tested by: test/demo/explain.browser.test.ts
/** A row of Rank as the panel explains it. */
import { count } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { conversations, readable } from "../draft/edit.ts";
import type { Subject } from "../explain/state.ts";
import { words } from "../language/language.ts";
import type { RankResult } from "./state.ts";

export function subjectOf(page: Page, result: RankResult, index: number): Subject {
  const { responses, values, prompt, picture } = result;
  return {
    of: result,
    judge: { name: result.model, ownHead: result.ownHead },
    index,
    candidates: responses.map((text, i) => ({
      name: words().rank.response(count(i + 1)),
      text,
      value: values[i] ?? Number.NaN,
    })),
    pictureUrl: picture?.url,
    async messages() {
      const [conversation = []] = conversations(readable(page, { picture, prompt }), [""]);
      return conversation.slice(0, -1);
    },
  };
}
