/** The whole page: the links to the views, the view that is shown, the machine at the foot. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { announced } from "../base/page.ts";
import type { Page, View } from "../base/page.ts";
import { machineLine } from "./machine-line.ts";
import { noWebGpu } from "./no-webgpu.ts";
import { shell, viewShown } from "./state.ts";

export function pageView(page: Page): TemplateResult {
  const { support, dragging } = page.get(shell);
  const { announcement } = page.get(announced);
  const current = viewShown(page);
  const isSupported = support === undefined || support === "available";
  return html`
    <header class="masthead">
      <p class="brand">vl-reward</p>
      <h1>Which response is better?</h1>
      <p class="lead">
        A reward model looks at a picture, a prompt and some responses, and gives each response a
        number: how good people would find it. It runs in this browser. Your picture and your words
        stay on this machine.
      </p>
    </header>
    ${isSupported ? viewLinks(page.views, current) : nothing}
    <main>${isSupported ? current.view(page) : noWebGpu(page, support)}</main>
    <footer>${machineLine(page)}</footer>
    <p class="visually-hidden" role="status" id="announcement">${announcement}</p>
    ${dragging ? html`<div class="drop-veil"><p>${current.drop}</p></div>` : nothing}
  `;
}

function viewLinks(views: readonly View[], current: View): TemplateResult {
  return html`
    <nav aria-label="Views">
      ${views.map(
        (view) =>
          html`<a href="#${view.name}" aria-current=${view === current ? "page" : nothing}>
            ${view.title}
          </a>`,
      )}
    </nav>
  `;
}
