// Tested by: test/demo/report/plots.browser.test.ts
/** The plots of a report, drawn as wide as they are shown, and again if that changes. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { Page } from "../base/page.ts";
import { reporting } from "./state.ts";
import type { DrawnPlot, PlotList } from "./state.ts";

/** Between two plots side by side, as the style has it. */
const GAP = 24;
/** Smaller plots stand side by side from this width on. */
const LEAST_HALF = 270;
const MOST_HALF = 430;

type Watcher = (element: Element | undefined) => void;

const watchers = new WeakMap<Page, Map<PlotList, Watcher>>();

export function plotList(
  page: Page,
  name: PlotList,
  plots: readonly DrawnPlot[],
): TemplateResult | typeof nothing {
  if (plots.length === 0) return nothing;
  const width = page.get(reporting).plotWidths[name];
  const half = Math.floor(((width ?? 0) - GAP) / 2);
  return html`
    <div class="plots" ${ref(watcherOf(page, name))}>
      ${
        width === undefined
          ? nothing
          : plots.map((one) => {
              const small = Math.min(MOST_HALF, half < LEAST_HALF ? width : half);
              return plot(one, one.isWide ? width : small);
            })
      }
    </div>
  `;
}

/**
 * Shows a plot. The SVG is our own: texts of the files were written into it as text by the
 * document.
 */
function plot({ caption, draw }: DrawnPlot, width: number): TemplateResult {
  const { title, words: how } = caption();
  return html`
    <figure class="plot">
      <figcaption>
        ${title} ${how === undefined ? nothing : html`<span class="hint">${how}</span>`}
      </figcaption>
      <div role="img" aria-label=${title}>${unsafeHTML(draw(width))}</div>
    </figure>
  `;
}

/** Returns what watches the width of a list's place; the same for each drawing of a page. */
function watcherOf(page: Page, name: PlotList): Watcher {
  const own = watchers.get(page) ?? new Map<PlotList, Watcher>();
  watchers.set(page, own);
  const known = own.get(name);
  if (known !== undefined) return known;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    const { plotWidths } = page.get(reporting);
    if (width > 0 && width !== plotWidths[name]) {
      page.change(reporting, { plotWidths: { ...plotWidths, [name]: width } });
    }
  });
  const watcher: Watcher = (element) => {
    observer.disconnect();
    if (element !== undefined) observer.observe(element);
  };
  own.set(name, watcher);
  return watcher;
}
