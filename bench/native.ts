/** Kernels and whole prefills in Dawn for Node. See README.md. */

import { numberOf, numbersOf, type Values } from "../tools/options.ts";
import { benchNative } from "./native/native.ts";

export const usage = `
npm run bench -- native [OPTIONS]: kernels and whole prefills in Dawn for Node

  --only NAME,…         matmul, f16, attention, resize, prefill: all by default
  --model SIZE,…        0.6B (the default), 3B, 7B: the shapes of prefills
  --form FORM,…         f32, bf16 (the default), q8, q4: how weights are held
  --tokens N,…          lengths of prefills, 512 and 4096 by default
  --layers N            layers of a prefill at most
  --reps N              repetitions, 5 by default
  --budget SECONDS      what one case may take, 120 by default
  --kernel-profile P    another profile than the adapter's own
  --json FILE           results as JSON; - prints them alone
`;

export const options = {
  only: { type: "string", default: "matmul,f16,attention,resize,prefill" },
  model: { type: "string", default: "0.6B" },
  form: { type: "string", default: "bf16" },
  tokens: { type: "string", default: "512,4096" },
  layers: { type: "string", default: "100" },
  reps: { type: "string", default: "5" },
  budget: { type: "string", default: "120" },
  "kernel-profile": { type: "string" },
  json: { type: "string" },
} as const;

export async function run(values: Values<typeof options>): Promise<boolean> {
  await benchNative({
    sections: splitList(values.only),
    models: splitList(values.model),
    forms: splitList(values.form),
    tokens: numbersOf("tokens", values.tokens),
    layers: numberOf("layers", values.layers),
    reps: numberOf("reps", values.reps),
    budgetSeconds: numberOf("budget", values.budget),
    profile: values["kernel-profile"],
    json: values.json,
  });
  return true;
}

function splitList(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}
