// Tested by: test/demo/models/tried.browser.test.ts
/** Models of the hub whose layouts were tried: what each is for, and what it takes. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { bytes } from "../base/format.ts";
import { focusOn } from "../base/form.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { askFor } from "./actions.ts";

/** What a model judges. */
export type TriedUse = "picturesAndText" | "text" | "generated";

export interface TriedModel {
  readonly name: string;
  readonly use: TriedUse;
  /** The name of its backbone in docs/models.md. */
  readonly backbone: string;
  /** Bytes of its weights on the GPU, as stored and in 4 bits, without head and activations. */
  readonly storedBytes: number;
  readonly q4Bytes: number;
}

export const TRIED: readonly TriedModel[] = [
  {
    name: "Skywork/Skywork-VL-Reward-7B",
    use: "picturesAndText",
    backbone: "Qwen2.5-VL-7B",
    storedBytes: 14.41e9,
    q4Bytes: 4.84e9,
  },
  {
    name: "Skywork/Skywork-Reward-V2-Qwen3-0.6B",
    use: "text",
    backbone: "Qwen3-0.6B",
    storedBytes: 0.88e9,
    q4Bytes: 0.28e9,
  },
  {
    name: "Skywork/Skywork-Reward-V2-Qwen3-4B",
    use: "text",
    backbone: "Qwen3-4B",
    storedBytes: 7.27e9,
    q4Bytes: 2.27e9,
  },
  {
    name: "MizzenAI/HPSv3",
    use: "generated",
    backbone: "Qwen2-VL-7B, such as HPSv3",
    storedBytes: 14.4e9,
    q4Bytes: 4.84e9,
  },
];

/** Lists them; a press writes the name into the field. */
export function triedModels(page: Page): TemplateResult {
  const say = words().models.tried;
  return html`
    <details id="tried">
      <summary>${say.title}</summary>
      <p class="hint">${say.how}</p>
      <ul class="tried">
        ${TRIED.map(
          ({ name, use, storedBytes, q4Bytes }) =>
            html`<li>
              <button type="button" class="link" translate="no" @click=${() => choose(page, name)}>
                ${name}
              </button>
              <span class="hint"
                >${say.uses[use]} · ${say.takes(bytes(storedBytes), bytes(q4Bytes))}</span
              >
            </li>`,
        )}
      </ul>
    </details>
  `;
}

function choose(page: Page, name: string): void {
  askFor(page, { hubId: name });
  focusOn("hub-id");
}
