/** Answers the Label view in the engine's worker. What computes is loaded on use. */
import { at } from "../../src/base/at.ts";
import { loadedModel } from "../engine/answers.ts";
import { tellDone } from "../engine/worker.ts";
import type { Answers } from "../engine/worker.ts";
import type { ReadState } from "./protocol.ts";

export const labelAnswers: Answers<"readStates" | "teach" | "fitTaste"> = {
  async readStates({ conversations }, line) {
    const { model } = loadedModel();
    const scores = await model.score(conversations, {
      signal: line.signal,
      onProgress: tellDone(line),
      features: true,
    });
    return scores.map(({ value, features }): ReadState => {
      return { value, features: at([features], 0) };
    });
  },

  async teach({ pairs, labelled }) {
    const { teachingValues } = await import("../../src/label/teach.ts");
    return teachingValues(pairs, labelled);
  },

  async fitTaste({ pairs, isLinear, seed }) {
    const { adaptHead } = await import("../../src/adapt/adapt.ts");
    const { learningCurve } = await import("../../src/adapt/curve.ts");
    const adaptation = adaptHead(pairs, { isLinear, seed });
    return {
      adaptation,
      curve: learningCurve(pairs, adaptation.lambda ?? Infinity, { seed, isLinear }),
    };
  },
};
