/** Thousands of scores, hundreds of loads and aborts in one process: nothing grows. */

import { numberOf, type Values } from "../tools/options.ts";
import { leaks } from "./parts/leaks.ts";

export const usage: string = `
npm run soak -- leaks [OPTIONS]: scores, loads and aborts in one process; what grows is a leak

  --scores N     5000 by default
  --loads N      500 by default
  --aborts N     500 by default: half of them of scores, half of loads
`;

export const options = {
  scores: { type: "string", default: "5000" },
  loads: { type: "string", default: "500" },
  aborts: { type: "string", default: "500" },
} as const;

export async function run({ scores, loads, aborts }: Values<typeof options>): Promise<boolean> {
  return await leaks({
    scores: numberOf("scores", scores),
    loads: numberOf("loads", loads),
    aborts: numberOf("aborts", aborts),
  });
}
