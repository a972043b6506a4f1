/** Every state of every view, drawn in both languages and themes at three widths, and checked. */

import { mkdir } from "node:fs/promises";
import { UsageError, type Values } from "../tools/options.ts";
import { lookAtAll } from "./parts/looks.ts";

export const usage = `
npm run soak -- looks [OPTIONS]: every state of the page, both languages and themes, at 390, 768 and 1280 px

  --output DIR   keeps what was drawn there
  --only NAME,…  the states whose names begin with one of these (testing/demo/page-states.ts)
  --docs         draws docs/page/ again: a small set of them
`;

export const options = {
  output: { type: "string" },
  only: { type: "string" },
  docs: { type: "boolean", default: false },
} as const;

export async function run({ output, only, docs }: Values<typeof options>): Promise<boolean> {
  if (docs && output !== undefined) throw new UsageError("--docs: expected no --output beside it");
  if (output !== undefined) await mkdir(output, { recursive: true });
  const faults = await lookAtAll({ output, names: only?.split(","), isForDocs: docs });
  for (const fault of faults) console.log(fault);
  console.log(`${faults.length} faults`);
  return faults.length === 0;
}
