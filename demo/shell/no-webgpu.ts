/**
 * Without WebGPU: what to do in this browser, and a recorded result, so that the page still
 * teaches.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { adviceFor, browserName } from "../base/support.ts";
import type { Advice, WebGpuSupport } from "../base/support.ts";
import { compare } from "../score/state.ts";
import type { Verdict } from "../score/state.ts";
import { verdictView } from "../score/verdict.ts";

const REASONS: Readonly<Record<Exclude<WebGpuSupport, "available">, string>> = {
  missing: "This browser has no WebGPU, which the engine computes with.",
  insecure:
    "Browsers give WebGPU only to pages served by HTTPS or from localhost. This page is served by plain HTTP.",
  "no-adapter": "This browser has WebGPU, but found no graphics adapter that it can use.",
};

export function noWebGpu(page: Page, support: Exclude<WebGpuSupport, "available">): TemplateResult {
  const browser = browserName(navigator.userAgent, navigator.maxTouchPoints);
  const { verdict } = page.get(compare);
  const advice = support === "insecure" ? [] : adviceFor(browser);
  return html`
    <section class="no-webgpu" id="no-webgpu" role="alert">
      <h2>${support === "insecure" ? "This page needs HTTPS" : "This page needs WebGPU"}</h2>
      <p>${REASONS[support]}</p>
      ${advice.map((each, at) => adviceBlock(each, at === 0))}
    </section>
    ${verdict === undefined ? nothing : recorded(page, verdict)}
  `;
}

function recorded(page: Page, verdict: Verdict): TemplateResult {
  const { picture, prompt } = verdict.draft;
  return html`
    <section class="recorded" aria-labelledby="recorded-title">
      <h2 id="recorded-title">What you would see</h2>
      <p class="hint">
        A recorded result: the reference implementation’s scores for the first sample, not computed
        here.
      </p>
      <div class="columns">
        <div class="question">
          <div class="picture">
            <img src=${picture?.url ?? ""} alt="A bar chart: red 5, blue 3, purple 8, green 6" />
          </div>
          <p class="recorded-prompt" dir="auto">“${prompt}”</p>
        </div>
        <div class="answer">${verdictView(verdict, page)}</div>
      </div>
    </section>
  `;
}

function adviceBlock({ title, steps }: Advice, isOpen: boolean): TemplateResult {
  return html`
    <details class="advice" ?open=${isOpen}>
      <summary>${title}</summary>
      <ol>
        ${steps.map((step) => html`<li>${step}</li>`)}
      </ol>
    </details>
  `;
}
