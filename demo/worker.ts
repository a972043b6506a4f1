/**
 * The engine's worker: it holds one model and answers the page's calls. It is sealed: its `fetch`
 * asks the library, which answers while a model is loaded.
 *
 * Decoding, tokenising and recording passes happen here, so that the page's own thread stays free
 * for people. The store of kept models is read here too: only workers may write to the origin
 * private file system piece by piece.
 */
import { fetchThrough } from "../src/sealed/fetch-port.ts";
import { engineAnswers } from "./engine/answers.ts";
import { answerCalls } from "./engine/worker.ts";
import { explainAnswers } from "./explain/answers.ts";
import { labelAnswers } from "./label/answers.ts";
import { pictureAnswers } from "./rank/pictures/answers.ts";
import { reportAnswers } from "./report/answers.ts";

self.addEventListener("message", ({ data }: MessageEvent<{ readonly fetchPort?: MessagePort }>) => {
  if (data.fetchPort) globalThis.fetch = fetchThrough(data.fetchPort);
});

answerCalls({
  ...engineAnswers,
  ...explainAnswers,
  ...labelAnswers,
  ...pictureAnswers,
  ...reportAnswers,
});
