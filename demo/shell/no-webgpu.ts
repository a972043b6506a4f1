/**
 * Without WebGPU: what to do in this browser, and a recorded result, so that the page still
 * teaches.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { adviceFor, browserName, chromeVersion } from "../base/support.ts";
import type { Advice, WebGpuSupport } from "../base/support.ts";
import { words } from "../language/language.ts";
import { scores } from "../score/state.ts";
import type { Verdict } from "../verdict/state.ts";
import { verdictView } from "../verdict/verdict.ts";
import { savers } from "../score/savers.ts";
import { subjectOf } from "../score/subject.ts";

export function noWebGpu(page: Page, support: Exclude<WebGpuSupport, "available">): TemplateResult {
  const { userAgent, maxTouchPoints } = navigator;
  const browser = browserName(userAgent, maxTouchPoints);
  const { verdict } = page.get(scores);
  const say = words().frame.noWebGpu;
  const advice = adviceFor(support, browser, chromeVersion(userAgent));
  return html`
    <h1 class="visually-hidden" id="view-title" tabindex="-1">${words().score.title}</h1>
    <section class="no-webgpu" id="no-webgpu" role="alert">
      <h2>${support === "insecure" ? say.httpsTitle : say.title}</h2>
      <p>${say.reasons[support]}</p>
      ${advice.map((each, at) => adviceBlock(each, at === 0))}
      <p class="hint">${say.stillWorks}</p>
    </section>
    ${verdict === undefined ? nothing : recorded(page, verdict)}
  `;
}

function recorded(page: Page, verdict: Verdict): TemplateResult {
  const { picture, prompt } = verdict.draft;
  const say = words().frame.noWebGpu;
  return html`
    <section class="recorded" aria-labelledby="recorded-title">
      <h2 id="recorded-title">${say.recordedTitle}</h2>
      <p class="hint">${say.recorded}</p>
      <div class="columns">
        <div class="question">
          <div class="picture"><img src=${picture?.url ?? ""} alt=${say.recordedPicture} /></div>
          <p class="recorded-prompt" dir="auto" lang="en">${prompt}</p>
        </div>
        <div class="answer">
          ${verdictView(
            verdict,
            page,
            (index) => subjectOf(page, verdict, index),
            savers(page, verdict),
          )}
        </div>
      </div>
    </section>
  `;
}

function adviceBlock({ browser, steps }: Advice, isOpen: boolean): TemplateResult {
  return html`
    <details class="advice" ?open=${isOpen}>
      <summary>${words().frame.noWebGpu.advice[browser].title}</summary>
      <ol>
        ${steps.map((step) => html`<li>${step}</li>`)}
      </ol>
    </details>
  `;
}
