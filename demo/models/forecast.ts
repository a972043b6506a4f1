// Tested by: test/demo/models/forecast.browser.test.ts
/** How long a score of the model that is looked at would take here: measured before a download. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Forecast } from "../../src/load/inspection/forecast.ts";
import type { WeightForm } from "../../src/types.ts";
import { count, plain } from "../base/format.ts";
import { announce } from "../base/page.ts";
import type { Page, Part } from "../base/page.ts";
import { noteRequests } from "../base/requests.ts";
import { words } from "../language/language.ts";
import type { Fit } from "./fit.ts";
import type { ForecastAsk, ForecastSaid } from "./forecast-worker.ts";
import type { Seen } from "./state.ts";

/** By how much a score may be faster or slower than the estimate. */
const SPREAD = 1.5;

interface ForecastState {
  /** What it is of: another model or form is another question. */
  readonly of: { readonly seen: Seen; readonly form: WeightForm } | undefined;
  readonly found: Forecast | { readonly message: string } | "running" | undefined;
}

const forecasts: Part<ForecastState> = {
  name: "forecast",
  first: () => ({ of: undefined, found: undefined }),
};

let running: Worker | undefined;

/** Shows the estimate for a form, or the button that makes it. */
export function forecastField(page: Page, seen: Seen, fit: Fit | undefined): TemplateResult {
  const say = words().models.forecast;
  const { of, found: last } = page.get(forecasts);
  const found = of?.seen === seen && of.form === fit?.form ? last : undefined;
  const isRunning = found === "running";
  return html`
    <div class="field" id="forecast" aria-busy=${isRunning}>
      ${
        typeof found === "object" && "ms" in found
          ? html`<p class="numbers">
              <b>${rangeWords(found)}</b>
              <span class="hint"
                >${howWords(found, seen.inspection.hasVision)}
                ${fit?.kind === "resident" ? nothing : say.streamed}</span
              >
            </p>`
          : html`<button
                type="button"
                id="measure"
                ?disabled=${isRunning || fit === undefined}
                @click=${() => fit && measure(page, seen, fit.form)}
              >
                ${isRunning ? say.measuring : say.measure}
              </button>
              <p class="hint">${say.hint}</p>`
      }
      ${
        typeof found === "object" && "message" in found
          ? html`<p role="alert" class="fault-message" lang="en">${found.message}</p>`
          : nothing
      }
    </div>
  `;
}

function rangeWords({ ms }: Forecast): string {
  const seconds = (value: number): string => plain(value / 1000);
  return words().models.forecast.range(seconds(ms / SPREAD), seconds(ms * SPREAD));
}

function howWords(
  { pictureTokens, textTokens, products }: Forecast,
  seesPictures: boolean,
): string {
  const say = words().models.forecast;
  const size = seesPictures
    ? say.ofPicture(count(pictureTokens), count(textTokens))
    : say.ofText(count(pictureTokens + textTokens));
  return say.how(size, plain(products / 1e9));
}

/** Runs the kernels in a worker that ends afterwards. */
function measure(page: Page, seen: Seen, form: WeightForm): void {
  running?.terminate();
  const worker = new Worker(new URL("./forecast-worker.ts", import.meta.url), { type: "module" });
  running = worker;
  const of = { seen, form };
  page.change(forecasts, { of, found: "running" });
  const end = (found: ForecastState["found"]): void => {
    worker.terminate();
    if (running === worker) page.change(forecasts, { of, found });
  };
  worker.addEventListener("error", ({ message }) => end({ message }));
  worker.addEventListener("message", ({ data }: MessageEvent<ForecastSaid>) => {
    if ("requests" in data) {
      noteRequests(data.requests);
    } else if ("message" in data) {
      end(data);
    } else {
      end(data.forecast);
      announce(page, rangeWords(data.forecast));
    }
  });
  const { from, token } = seen;
  worker.postMessage({ from, token, form } satisfies ForecastAsk);
}
