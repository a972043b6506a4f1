/**
 * Parts of a plan, to be timed alone. Inputs from steps that are left out have arbitrary values.
 */
import type { Step } from "../../src/kernels/kernel.ts";
import type { Plan } from "../../src/pass/plan.ts";

export function isAttention({ kernel }: Step): boolean {
  return kernel.name.startsWith("attention");
}

/** Leaves some steps of a plan; the output of the last one is read back. */
export function keepSteps(plan: Plan, isKept: (step: Step) => boolean): Plan {
  const kept = plan.steps.filter(isKept);
  plan.steps.splice(0, plan.steps.length, ...kept);
  plan.outputs.clear();
  const out = kept.at(-1)?.bindings.at(-1);
  if (out?.kind === "tensor") plan.output("last", out);
  return plan;
}
