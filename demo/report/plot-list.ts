// Tested by: test/demo/report/plots.browser.test.ts
/** The plots of a report, drawn as wide as they are shown, and again if that changes. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { Page } from "../base/page.ts";
import { reporting } from "./state.ts";
import type { DrawnPlot } from "./state.ts";

/** Between two plots side by side, as the style has it. */
const GAP = 24;
/** Smaller plots stand side by side from this width on. */
const LEAST_HALF = 270;
const MOST_HALF = 430;

const watchers = new WeakMap<Page, (element: Element | undefined) => void>();

export function plotList(page: Page): TemplateResult {
  const { plots, plotWidth } = page.get(reporting);
  const half = Math.floor((plotWidth - GAP) / 2);
  const small = Math.min(MOST_HALF, half < LEAST_HALF ? plotWidth : half);
  return html`
    <div class="plots" ${ref(watcherOf(page))}>
      ${plotWidth === 0 ? nothing : plots.map((one) => plot(one, one.isWide ? plotWidth : small))}
    </div>
  `;
}

/**
 * Shows a plot. The SVG is our own: texts of the files were written into it as text by the
 * document.
 */
function plot({ title, words: how, draw }: DrawnPlot, width: number): TemplateResult {
  return html`
    <figure class="plot">
      <figcaption>${title} <span class="hint">${how}</span></figcaption>
      <div role="img" aria-label=${title}>${unsafeHTML(draw(width))}</div>
    </figure>
  `;
}

/** Returns what watches the width of the plots' place; the same for each drawing of a page. */
function watcherOf(page: Page): (element: Element | undefined) => void {
  const known = watchers.get(page);
  if (known !== undefined) return known;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width > 0 && width !== page.get(reporting).plotWidth) {
      page.change(reporting, { plotWidth: width });
    }
  });
  const watcher = (element: Element | undefined): void => {
    observer.disconnect();
    if (element !== undefined) observer.observe(element);
  };
  watchers.set(page, watcher);
  return watcher;
}
