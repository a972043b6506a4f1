/** What if…? The response's text is changed in place, and its score stands beside the old one. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { languageOf } from "../../src/base/text-language.ts";
import { submit, valueOf } from "../base/form.ts";
import { signed } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { explainWords } from "../language/explain.ts";
import { tryText } from "./actions.ts";
import { changeWhy } from "./state.ts";
import type { Subject, Why } from "./state.ts";

export function whatIfView(page: Page, subject: Subject, why: Why): TemplateResult {
  const say = explainWords();
  const own = subject.candidates[subject.index];
  const name = own?.name ?? "";
  const text = why.whatIf?.text ?? own?.text ?? "";
  const { isRunning = false, value, fault } = why.whatIf ?? {};
  const edit = (event: Event): void => {
    const whatIf = { text: valueOf(event), isRunning: false, value: undefined, fault: undefined };
    changeWhy(page, why.key, { whatIf });
  };
  const isSame = text === own?.text;
  return html`
    <details class="what-if" id="what-if">
      <summary>${say.whatIfTitle}</summary>
      <p class="hint">${say.whatIfHint(name)}</p>
      <form @submit=${(event: Event) => submit(event, () => tryText(page, subject, why))}>
        <textarea
          id="what-if-text"
          aria-label=${say.whatIfLabel(name)}
          rows="3"
          dir="auto"
          lang=${languageOf(text) ?? nothing}
          .value=${live(text)}
          @input=${edit}
        ></textarea>
        <div class="buttons">
          <button type="submit" id="what-if-run" ?disabled=${isRunning || isSame || text === ""}>
            ${say.whatIfRun}
          </button>
          <p class="numbers" id="what-if-result">
            ${
              fault !== undefined
                ? html`<span class="why-fault">${say.failed(fault)}</span>`
                : value === undefined || own === undefined
                  ? isSame
                    ? say.whatIfSame
                    : nothing
                  : say.whatIfResult(signed(value), signed(own.value), signed(value - own.value))
            }
          </p>
        </div>
      </form>
    </details>
  `;
}
