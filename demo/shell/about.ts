/** Behind "?": what a score is, what leaves this machine and how to check it, and the keys. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Page } from "../base/page.ts";
import { onRequests } from "../base/requests.ts";
import { writeSetting } from "../base/settings.ts";
import { engine } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { offlineSection } from "./offline.ts";
import { shell } from "./state.ts";

let requests: typeof import("./requests.ts") | undefined;
let endUpdates: (() => void) | undefined;

export function aboutPanel(page: Page): TemplateResult {
  const say = words().frame.aboutPanel;
  return html`
    <div
      id="about"
      class="popover"
      popover
      role="dialog"
      aria-labelledby="about-title"
      @toggle=${(event: ToggleEvent) => void toggled(page, event)}
    >
      <h2 id="about-title">${say.title}</h2>
      <p>${say.what}</p>
      <p>${say.meaning}</p>
      <h3>${say.privacyTitle}</h3>
      <p>${say.privacy}</p>
      <h3>${say.checkTitle}</h3>
      <ul>
        ${say.check.map((each) => html`<li>${each}</li>`)}
      </ul>
      <p>
        <button type="button" id="prove" @click=${() => void prove(page)}>${say.prove}</button>
        <span id="proof" role="status">${proofWords(page)}</span>
      </p>
      <h3>${say.requestsTitle}</h3>
      ${requests?.requestsView() ?? nothing} ${offlineSection(page)}
      <h3>${say.keysTitle}</h3>
      <label class="choice">
        <input
          type="checkbox"
          id="keys-on"
          .checked=${live(page.get(shell).keysOn)}
          @change=${(event: Event) => switchKeys(page, event)}
        />
        <span>${say.keysOn}</span>
      </label>
      <dl class="keys">
        ${say.keys.map(
          ([key, does]) =>
            html`<div>
              <dt><kbd>${key}</kbd></dt>
              <dd>${does}</dd>
            </div>`,
        )}
      </dl>
      <p class="hint">${say.source} ${say.licence}.</p>
      <div class="buttons">
        <button type="button" popovertarget="about" popovertargetaction="hide">
          ${words().frame.close}
        </button>
      </div>
    </div>
  `;
}

/** Keeps the list of requests up to date while it is in sight. */
async function toggled(page: Page, { newState }: ToggleEvent): Promise<void> {
  endUpdates?.();
  endUpdates = undefined;
  if (newState !== "open") return;
  const draw = (): void => page.change(shell, {});
  endUpdates = onRequests(draw);
  requests ??= await import("./requests.ts");
  draw();
}

function switchKeys(page: Page, event: Event): void {
  const keysOn = (event.target as HTMLInputElement).checked;
  writeSetting("keys", keysOn ? "on" : "off");
  page.change(shell, { keysOn });
}

/** Lets the engine try every way to the network, and shows what came of it. */
async function prove(page: Page): Promise<void> {
  const client = page.get(engine).running?.client;
  if (client === undefined) return;
  page.change(engine, { proof: "running" });
  const address = document.baseURI;
  const proof = await client.call("prove", { address }).catch(() => undefined);
  page.change(engine, { proof });
}

function proofWords(page: Page): string {
  const { proof } = page.get(engine);
  const say = words().frame.aboutPanel;
  if (proof === undefined) return "";
  if (proof === "running") return say.proving;
  const open = proof.filter(({ isRefused }) => !isRefused).map(({ name }) => name);
  return open.length === 0 ? say.refused(proof.length) : say.open(open.join(", "));
}
