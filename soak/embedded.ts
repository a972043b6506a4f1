/** Scores through the worker client while its page is hidden, frozen, left, and its GPU killed. */
import { numberOf, type Values } from "../tools/options.ts";
import { soakEmbedded } from "./parts/embedded.ts";

export const usage = `
npm run soak -- embedded [OPTIONS]: a page that scores in a worker while it is hidden, frozen, left, and its GPU killed

  --scores N   500 by default
`;

export const options = { scores: { type: "string", default: "500" } } as const;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const scores = numberOf("scores", values.scores);
  const { right, typed, left, faults } = await soakEmbedded({ scores, batchSize: 20 }, (line) =>
    console.log(line),
  );
  console.log(`${right} right, ${typed} with a typed error, ${left} left with their page`);
  console.log(faults.length === 0 ? "passed" : `failed: ${faults.join("; ")}`);
  return faults.length === 0;
}
