/**
 * The engine's worker: the published one, and the calls that only this page has. It is sealed: its
 * `fetch` asks the library's worker, which answers while a model is loaded.
 */
import { fetchThrough } from "../src/sealed/fetch-port.ts";
import { serveRewardModel } from "../src/serve/index.ts";
import { proofAnswers } from "./engine/answers.ts";
import { explainAnswers } from "./explain/answers.ts";
import { labelAnswers } from "./label/answers.ts";
import { pictureAnswers } from "./rank/pictures/answers.ts";
import { reportAnswers } from "./report/answers.ts";

self.addEventListener("message", ({ data }: MessageEvent<{ readonly fetchPort?: MessagePort }>) => {
  if (data.fetchPort) globalThis.fetch = fetchThrough(data.fetchPort);
});

serveRewardModel(undefined, {
  ...proofAnswers,
  ...explainAnswers,
  ...labelAnswers,
  ...pictureAnswers,
  ...reportAnswers,
});
