/**
 * Says beside a response how many tokens it has with its question, when they near the model's
 * limit: before Score refuses it.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { count } from "../base/format.ts";
import { latest } from "../base/jobs.ts";
import type { Page } from "../base/page.ts";
import { engine } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { picturesOf, questionPictures } from "./context.ts";
import { conversations, readable } from "./edit.ts";
import { drafting } from "./state.ts";
import type { Draft } from "./state.ts";

/** The share of the limit from which the count is shown. */
const NEAR = 0.75;
/** After the last edit. */
const PAUSE_MS = 300;
/** Pixels of a side that become one token, in the families that read pictures by patches of 14. */
const PATCH = 28;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Counts the draft's tokens soon, if they may be near the limit. */
export function countSoon(page: Page): void {
  clearTimeout(timer);
  timer = setTimeout(() => void countTokens(page), PAUSE_MS);
}

async function countTokens(page: Page): Promise<void> {
  const { state, running } = page.get(engine);
  if (state.kind !== "ready" || running === undefined) return;
  const { draft, pictureSize } = page.get(drafting);
  const limit = NEAR * state.model.maxTokens;
  const { width = 0, height = 0 } = pictureSize ?? {};
  // A text has no more tokens than bytes: most drafts need no count.
  // Of one picture the size is known; with several the count is asked for.
  const isSeveral = picturesOf(draft).length > questionPictures(draft).slice(0, 1).length;
  const most = isSeveral ? Infinity : mostBytes(draft) + (width * height) / PATCH ** 2;
  if (most < limit) {
    if (page.get(drafting).tokens.size > 0) page.change(drafting, { tokens: new Map() });
    return;
  }
  await latest(
    page.jobs,
    "counting",
    async (signal) => {
      const texts = draft.responses.map(({ text }) => text);
      const asked = conversations(readable(page, draft), texts);
      const model = await running.client.model;
      return await model.measureInputUsage(asked, { signal });
    },
    {
      done(tokens) {
        const near = draft.responses.flatMap(({ key }, i) => {
          const own = tokens[i] ?? 0;
          return own < limit ? [] : [[key, own] as const];
        });
        page.change(drafting, { tokens: new Map(near) });
      },
      // Scoring says why it cannot be counted.
      failed: () => page.change(drafting, { tokens: new Map() }),
      ended: () => {},
    },
  );
}

function mostBytes({ prompt, responses, context }: Draft): number {
  const encoder = new TextEncoder();
  const turns = context?.exchanges.flatMap(({ user, assistant }) => [user, assistant]) ?? [];
  const before = [context?.system ?? "", ...turns].join("");
  const own = responses.map(({ text }) => encoder.encode(text).length);
  return encoder.encode(before + prompt).length + Math.max(0, ...own);
}

/** Shows the count of a response; nothing while it is far from the limit. */
export function tokenCount(page: Page, key: number): TemplateResult | typeof nothing {
  const { state } = page.get(engine);
  const tokens = page.get(drafting).tokens.get(key);
  if (tokens === undefined || state.kind !== "ready") return nothing;
  const most = state.model.maxTokens;
  const say = words().draft;
  const told = say.tokens(count(tokens), count(most));
  return html`
    <p class=${tokens > most ? "field-fault" : "hint numbers"} id="tokens-${key}">
      ${told}${tokens > most ? ` ${say.tooManyTokens}` : nothing}
    </p>
  `;
}
