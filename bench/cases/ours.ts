/** Our side of a case: a plan recorded by the library's own functions. */
import { recorded } from "../measure/recorded.ts";
import type { HeldWeights } from "../measure/held-weights.ts";
import { Plan } from "../../src/pass/plan.ts";
import { ROUNDING, settled } from "./case.ts";
import type { Bench, Contender } from "./case.ts";
import type { Tensor } from "../../src/kernels/kernel.ts";

/**
 * Records with `build`, whose tensor becomes the output, and keeps the weights until it is
 * released.
 */
export async function ours(
  { device, profile }: Bench,
  name: string,
  weights: HeldWeights,
  build: (plan: Plan) => Tensor,
): Promise<Contender> {
  const plan = new Plan(profile);
  plan.output("out", build(plan));
  const ready = await recorded(device, weights, plan);
  return {
    name,
    isPeer: false,
    limit: ROUNDING,
    submit: () => ready.submit(),
    settled: async () => await settled(device),
    output: async () => await ready.output(),
    release() {
      ready.destroy();
      weights.destroy();
    },
  };
}
