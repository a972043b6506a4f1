// Tested by: test/demo/conversation.browser.test.ts
/**
 * The rest of the conversation under the form: closed, it is one line. What is in it is loaded when
 * it is opened first.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { undoRemoval } from "./edit-context.ts";
import { drafting } from "./state.ts";

type Editor = typeof import("./context-editor.ts");

let editor: Editor | undefined;
let loading: Promise<void> | undefined;

export function contextField(page: Page): TemplateResult {
  const { draft, showsContext, removed } = page.get(drafting);
  const say = words().draft;
  const isOpen = showsContext ?? draft.context !== undefined;
  if (isOpen && editor === undefined) loading ??= load(page);
  const toggled = (event: Event): void => {
    const { open } = event.currentTarget as HTMLDetailsElement;
    if (open !== isOpen) page.change(drafting, { showsContext: open });
  };
  return html`
    ${
      removed === undefined
        ? nothing
        : html`<p class="note" id="removed">
            ${say.removed[removed.what]}
            <button type="button" class="link" id="undo-removal" @click=${() => undoRemoval(page)}>
              ${say.undo}
            </button>
          </p>`
    }
    <details class="context" id="context" .open=${isOpen} @toggle=${toggled}>
      <summary>${say.contextTitle}</summary>
      ${
        !isOpen
          ? nothing
          : editor === undefined
            ? html`<p aria-busy="true"></p>`
            : editor.contextEditor(page)
      }
    </details>
  `;
}

async function load(page: Page): Promise<void> {
  try {
    editor = await import("./context-editor.ts");
  } finally {
    // After a failure the next opening tries again.
    loading = undefined;
  }
  page.change(drafting, {});
}
