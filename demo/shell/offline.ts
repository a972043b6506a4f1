// Tested by: test/demo/offline/offline.browser.test.ts
/** A newer version of the page, offered in a line; and in "?", what works without the network. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { bytes, withoutStop } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { engine } from "../engine/state.ts";
import { words } from "../language/language.ts";
import type { Work } from "../offline/keep.ts";
import { offline } from "../offline/state.ts";
import type { Kept, WhyNot } from "../offline/state.ts";
import { flush } from "../sessions/keep.ts";

/** Returns what a reload of the page has to wait for. */
export function workOf(page: Page): Work {
  return {
    isBusy() {
      const { state, next } = page.get(engine);
      return page.jobs.size > 0 || state.kind === "loading" || next?.state.kind === "loading";
    },
    save: () => flush(page),
  };
}

export function updateLine(page: Page): TemplateResult | typeof nothing {
  const { update } = page.get(offline);
  if (update.kind === "none") return nothing;
  const say = words().frame.offline;
  const isWanted = update.kind === "wanted";
  return html`
    <div class="note update" id="update" role="status" data-update=${update.kind}>
      <span>${isWanted ? say.wanted : say.update}</span>
      ${update.kind === "elsewhere" ? html`<span>${say.elsewhere(update.otherTabs)}</span>` : nothing}
      ${
        isWanted
          ? nothing
          : html`<button type="button" id="take-update" @click=${() => take(page)}>
              ${say.take}
            </button>`
      }
    </div>
  `;
}

function take(page: Page): void {
  void import("../offline/keep.ts").then(({ takeUpdate }) => takeUpdate(page, workOf(page)));
}

export function offlineSection(page: Page): TemplateResult {
  const { kept } = page.get(offline);
  const say = words().frame.offline;
  return html`
    <h3>${say.title}</h3>
    <p id="offline" role="status" data-kept=${kept.kind}>${keptWords(kept)}</p>
    <p class="hint">${say.what}</p>
  `;
}

function keptWords(kept: Kept): string {
  const say = words().frame.offline;
  switch (kept.kind) {
    case "kept":
      return say.yes(bytes(kept.bytes));
    case "not-kept":
      return say.no(reason(kept.why));
    case "unknown":
    case "filling":
      return say.filling;
  }
}

function reason(why: WhyNot): string {
  const say = words().frame.offline.why;
  switch (why.code) {
    case "unserved":
    case "none":
    case "saving":
      return say[why.code];
    case "full":
    case "changed":
    case "unreachable":
    case "failed":
      return say[why.code](withoutStop(why.detail));
  }
}
