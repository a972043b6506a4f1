/**
 * `npm run fidelity`: how far q8 and q4 move scores, on the embedded model's held-out pairs and the
 * goldens, as tables of Markdown. Ends with 1 where a target is missed. See bench/README.md.
 */

import { writeFileSync } from "node:fs";
import { load } from "./load.mjs";
import { readOptions } from "./options.mjs";

const usage = `
npm run fidelity -- [OPTIONS]: how far q8 and q4 move scores, as tables of Markdown

  --json FILE    results as JSON; - prints them alone
`;
const { values } = readOptions(usage, { options: { json: { type: "string" } } });
const { fidelity, fidelityLines } = await load("bench/fidelity.ts");
const found = await fidelity();
const json = `${JSON.stringify(found, null, 1)}\n`;
if (values.json === "-") process.stdout.write(json);
else {
  if (values.json !== undefined) writeFileSync(values.json, json);
  console.log(fidelityLines(found).join("\n"));
}
// Dawn's instance would keep the process.
process.exit(found.missed.length === 0 ? 0 : 1);
