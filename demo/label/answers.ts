/** Answers the Label view in the engine's worker. What computes is loaded on use. */
import type { Answers } from "../engine/protocol.ts";

export const labelAnswers: Answers<"teach" | "fitTaste"> = {
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
