/**
 * The engine's worker: it holds one model and answers the page's calls.
 *
 * Decoding, tokenising and recording passes happen here, so that the page's own thread stays free
 * for people. The store of kept models is here too: only workers may write to the origin private
 * file system piece by piece.
 */
import { engineAnswers } from "./engine/answers.ts";
import { answerCalls } from "./engine/worker.ts";
import { modelAnswers } from "./models/answers.ts";
import { reportAnswers } from "./report/answers.ts";

answerCalls({ ...engineAnswers, ...modelAnswers, ...reportAnswers });
