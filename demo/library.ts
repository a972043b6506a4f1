/**
 * The library's worker: it may use the network, and sees no picture and no text. One answers what
 * the views ask of models; another one beside each sealed engine fetches for it until its model is
 * loaded.
 */
import { serveFetch } from "../src/sealed/fetch-port.ts";
import type { FetchGate } from "../src/sealed/fetch-port.ts";
import type { CallPort } from "../src/worker/call-line.ts";
import { serveCalls } from "../src/worker/serve-calls.ts";
import { watchRequests } from "./base/requests.ts";
import type { RequestNews } from "./engine/protocol.ts";
import { referenceAnswers } from "./engine/reference.ts";
import { headAnswers } from "./label/library-answers.ts";
import { modelAnswers } from "./models/answers.ts";
import { pictureAnswers } from "./rank/library-answers.ts";

type GateMessage = { readonly servePort: MessagePort } | { readonly seal: true };

watchRequests((requests) => self.postMessage({ requests } satisfies RequestNews));

let gate: FetchGate | undefined;

self.addEventListener("message", ({ data }: MessageEvent<GateMessage>) => {
  if ("servePort" in data) gate = serveFetch(data.servePort);
  if ("seal" in data) {
    gate?.seal();
    self.postMessage({ sealed: true });
  }
});

serveCalls(self as unknown as CallPort, {
  ...referenceAnswers,
  ...modelAnswers,
  ...headAnswers,
  ...pictureAnswers,
});
