/** An error as a card: who must act, what the engine says, and the one thing to do. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { FaultCode, PageFault } from "../base/faults.ts";
import type { Page } from "../base/page.ts";
import { startAgain } from "./life.ts";
import { engine } from "./state.ts";

interface Words {
  readonly title: string;
  readonly todo: string;
  /** Label of the button that starts the engine again; none if that would not help. */
  readonly again?: string;
}

const WORDS: Readonly<Record<FaultCode, Words>> = {
  input: {
    title: "This cannot be scored as it is",
    todo: "Change the picture, the prompt or a response, and press Score.",
  },
  weights: {
    title: "The model could not be read",
    todo: "A file of the model is missing or damaged. Load it again; if that does not help, the files on the server need to be replaced.",
    again: "Load again",
  },
  unsupported: {
    title: "This machine or model is not supported",
    todo: "Try another browser or GPU, or a model of a supported family.",
    again: "Try again",
  },
  gpu: {
    title: "The GPU failed",
    todo: "Start the engine again. If it fails again, close other tabs that use the GPU, or restart the browser.",
    again: "Start again",
  },
  defect: {
    title: "Something broke that should not",
    todo: "Start the engine again. If it comes back, please report the message above.",
    again: "Start again",
  },
  aborted: { title: "Stopped", todo: "Press Score to begin again." },
};

/** Shows a fault of one view in the engine's words, which say what to do. */
export function plainFault(fault: PageFault, id: string): TemplateResult {
  return html`
    <div class="fault" role="alert" id=${id} data-code=${fault.code}>
      <p class="fault-message">${fault.message}</p>
    </div>
  `;
}

export function faultCard(page: Page, fault: PageFault): TemplateResult {
  const { title, todo, again } = WORDS[fault.code];
  const button = html`
    <button type="button" id="again" @click=${() => startAgain(page)}>${again}</button>
  `;
  return html`
    <div class="fault" role="alert" id="fault" data-code=${fault.code}>
      <h2><span aria-hidden="true">!</span>${title}</h2>
      <p class="fault-message">${fault.message}</p>
      <p>${fault.todo ?? todo}</p>
      ${again === undefined ? nothing : button}
    </div>
  `;
}

/** Shows the failure that concerns every view, if there is one. */
export function engineFault(page: Page): TemplateResult | typeof nothing {
  const { fault } = page.get(engine);
  return fault === undefined ? nothing : faultCard(page, fault);
}
