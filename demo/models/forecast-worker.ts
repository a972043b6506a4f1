// Tested by: test/demo/models/forecast.browser.test.ts
/** A worker of its own for the forecast of a score's time: most visits never load its code. */
import { forecastScore } from "../../src/load/inspection/forecast.ts";
import type { Forecast } from "../../src/load/inspection/forecast.ts";
import type { WeightForm } from "../../src/types.ts";
import { watchRequests } from "../base/requests.ts";
import type { MadeRequest } from "../base/requests.ts";
import type { ModelPlace } from "../engine/protocol.ts";
import { storeIfAny } from "../engine/store.ts";

export interface ForecastAsk {
  readonly from: ModelPlace;
  readonly token: string | undefined;
  readonly form: WeightForm;
}

export type ForecastSaid =
  | { readonly forecast: Forecast }
  | { readonly message: string }
  | { readonly requests: readonly MadeRequest[] };

const say = (said: ForecastSaid): void => self.postMessage(said);

watchRequests((requests) => say({ requests }));

self.addEventListener("message", ({ data }: MessageEvent<ForecastAsk>) => void answer(data));

async function answer({ from, token, form }: ForecastAsk): Promise<void> {
  try {
    say({ forecast: await forecastScore(from, { token, form, store: await storeIfAny() }) });
  } catch (error) {
    say({ message: error instanceof Error ? error.message : String(error) });
  }
}
