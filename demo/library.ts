/**
 * The library's worker: it may use the network, and sees no picture and no text. It answers what
 * the Models view asks, and fetches for the sealed engine until the model is loaded.
 */
import { serveFetch } from "../src/sealed/fetch-port.ts";
import type { FetchGate } from "../src/sealed/fetch-port.ts";
import { watchRequests } from "./base/requests.ts";
import type { LibraryMessage, LibraryRequests, LibrarySealed } from "./engine/sealed-engine.ts";
import type { Call } from "./engine/protocol.ts";
import { answerCalls } from "./engine/worker.ts";
import { headAnswers } from "./label/library-answers.ts";
import { modelAnswers } from "./models/answers.ts";
import { pictureAnswers } from "./rank/library-answers.ts";

watchRequests((requests) => self.postMessage({ requests } satisfies LibraryRequests));

let gate: FetchGate | undefined;

self.addEventListener("message", ({ data }: MessageEvent<LibraryMessage | Call>) => {
  if ("serve" in data) gate = serveFetch(data.serve);
  if ("seal" in data) {
    gate?.seal();
    self.postMessage({ sealed: true } satisfies LibrarySealed);
  }
});

answerCalls({ ...modelAnswers, ...headAnswers, ...pictureAnswers });
