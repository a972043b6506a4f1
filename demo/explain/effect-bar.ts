/**
 * A bar from a middle line: to the right for what carries the lead, to the left for what does not.
 */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { styleMap } from "lit/directives/style-map.js";

/** @param largest the effect whose bar is full */
export function effectBar(effect: number, largest: number): TemplateResult {
  const half = largest === 0 ? 0 : (Math.abs(effect) / largest) * 50;
  const span = { left: `${effect < 0 ? 50 - half : 50}%`, width: `${half}%` };
  return html`
    <span class="effect" aria-hidden="true">
      <i data-direction=${effect < 0 ? "down" : "up"} style=${styleMap(span)}></i>
    </span>
  `;
}
