/**
 * How far q8 and q4 move scores, on the embedded model's held-out pairs and the goldens. Fails if a
 * target of `fidelity/table.ts` is missed.
 */

import { writeFile } from "node:fs/promises";
import type { Values } from "../tools/options.ts";
import { fidelityLines, measureFidelity } from "./fidelity/measure.ts";

export const usage = `
npm run bench -- fidelity [OPTIONS]: how far q8 and q4 move scores, as tables of Markdown

  --json FILE    results as JSON; - prints them alone
`;

export const options = { json: { type: "string" } } as const;

export async function run({ json }: Values<typeof options>): Promise<boolean> {
  const found = await measureFidelity();
  const record = `${JSON.stringify(found, null, 1)}\n`;
  if (json !== undefined && json !== "-") await writeFile(json, record);
  if (json === "-") process.stdout.write(record);
  else console.log(fidelityLines(found).join("\n"));
  return found.missed.length === 0;
}
