/** Explains in the worker. The engine's part is loaded for the first explanation. */
import type { Explainer } from "../../src/explain/index.ts";
import type { Explanation, TokenTrace } from "../../src/explain/types.ts";
import type { RewardModel } from "../../src/reward-model.ts";
import { tokenSteps } from "../engine/token-steps.ts";
import type { Answers, TokenStep } from "../engine/protocol.ts";
import type { ExplainAsk } from "./protocol.ts";

/** Explanations that can go on: that of the open panel, and the one before it. */
const KEPT = 2;
/** The contrast is the second of the eight steps of an explanation. */
const CONTRAST = 2 / 8;
/** Scores that refining adds. */
const MORE_SCORES = 300;
const FINER_CELLS = 8;

/** A model's explanations go with it. */
const kept = new WeakMap<RewardModel, Map<number, Explainer>>();

export const explainAnswers: Answers<"explain"> = {
  async explain({ ask }, line, model) {
    const explainer = await explainerFor(model, ask);
    if (ask.refine) {
      explainer.refine({ method: "shapley", cells: FINER_CELLS });
      explainer.extend(MORE_SCORES);
    }
    let found: Explanation | undefined;
    for await (const step of explainer.steps(line.signal)) {
      found = step;
      line.tell({ reply: "found", found });
      if (ask.upTo === "contrast" && step.progress >= CONTRAST) break;
    }
    if (found === undefined) throw new Error("an explanation has no steps");
    const steps = found.trace.map((trace) => stepsOf(model, trace));
    return { found, cost: await explainer.cost(), steps };
  },
};

async function explainerFor(model: RewardModel, { key, request }: ExplainAsk): Promise<Explainer> {
  const { Explainer: Made } = await import("../../src/explain/index.ts");
  const all = kept.get(model) ?? new Map<number, Explainer>();
  kept.set(model, all);
  const explainer = all.get(key) ?? new Made(model, request);
  all.set(key, explainer);
  for (const old of all.keys()) if (old !== key && all.size > KEPT) all.delete(old);
  return explainer;
}

function stepsOf(model: RewardModel, { tokenIds, tokenValues, response }: TokenTrace): TokenStep[] {
  const [begin, end] = response;
  const pieces = model.pieces(tokenIds.slice(begin));
  return tokenSteps({ tokenValues, response: { begin, end } }, pieces);
}
