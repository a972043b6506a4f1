// Tested by: test/demo/requests.browser.test.ts
/** Behind "?": every request that this tab made, what each was for, and what came. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { bytes, clock, count } from "../base/format.ts";
import { requestsMade } from "../base/requests.ts";
import type { MadeRequest } from "../base/requests.ts";
import { embeddedUrl } from "../engine/state.ts";
import { words } from "../language/language.ts";

const PURPOSES = ["page", "builtIn", "hub", "named"] as const;
export type RequestPurpose = (typeof PURPOSES)[number];

/** Addresses of the hub, and of where it keeps large files. */
const HUB = /(?:^|\.)(?:huggingface\.co|hf\.co)$/u;
/** Lines that are shown; the rest are counted. */
const MOST_SHOWN = 200;

/** Returns what a request was for, as far as its address says it. */
export function purposeOf(url: string, base: string, builtIn: string): RequestPurpose {
  const { origin, hostname } = new URL(url);
  if (url.startsWith(builtIn)) return "builtIn";
  if (origin === new URL(base).origin) return "page";
  return HUB.test(hostname) ? "hub" : "named";
}

export function requestsView(): TemplateResult {
  const say = words().frame.aboutPanel;
  const { requests, total } = requestsMade();
  const [base, builtIn] = [document.baseURI, embeddedUrl()];
  const groups = PURPOSES.map((purpose) => ({
    purpose,
    own: requests.filter(({ url }) => purposeOf(url, base, builtIn) === purpose),
  })).filter(({ own }) => own.length > 0);
  return html`
    <table id="requests">
      <caption>
        ${say.requests(count(total))}
      </caption>
      <thead>
        <tr>
          <th scope="col">${say.requestFor}</th>
          <th scope="col" class="numbers">${say.requestCount}</th>
          <th scope="col" class="numbers">${say.requestBytes}</th>
        </tr>
      </thead>
      <tbody>
        ${groups.map(
          ({ purpose, own }) =>
            html`<tr data-purpose=${purpose}>
              <th scope="row">${say.purposes[purpose]}</th>
              <td class="numbers">${count(own.length)}</td>
              <td class="numbers">${bytes(own.reduce((sum, one) => sum + one.bytes, 0))}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p><b>${say.yoursSent(bytes(0))}</b> <span class="hint">${say.requestHint}</span></p>
    <details>
      <summary>${say.everyRequest}</summary>
      <ol class="requests" reversed start=${total}>
        ${requests.slice(-MOST_SHOWN).toReversed().map(line)}
      </ol>
      ${total > MOST_SHOWN ? html`<p class="hint">${say.olderRequests(count(total - MOST_SHOWN))}</p>` : nothing}
    </details>
  `;
}

function line({ url, bytes: came, time }: MadeRequest): TemplateResult {
  const { origin, pathname } = new URL(url);
  // Queries of the hub's storage are signatures: they are secrets for as long as they hold.
  const address = origin === location.origin ? pathname : `${origin}${pathname}`;
  return html`<li>
    <time datetime=${new Date(time).toISOString()}>${clock(time)}</time>
    <bdi>${address}</bdi> <span class="numbers">${came === 0 ? "" : bytes(came)}</span>
  </li>`;
}
