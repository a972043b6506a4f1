/** All faults, or the named parts of them. */

import { numberOf, UsageError, type Values } from "../tools/options.ts";
import { isPart, PARTS, provoke } from "./parts/provoke.ts";

export const usage: string = `
npm run soak -- faults [PART…] [OPTIONS]: faults of all kinds, provoked and counted in one table

  PART…          ${PARTS.join(", ")}: all by default
  --every N      one in N calls of WebGPU, every one by default
  --kind KIND    of these calls: validation, out-of-memory, rejected or lost; all by default
`;

export const options = {
  every: { type: "string", default: "1" },
  kind: { type: "string" },
} as const;

export const allowPositionals = true;

export async function run(
  { every, kind }: Values<typeof options>,
  named: readonly string[],
): Promise<boolean> {
  const unknown = named.find((part) => !isPart(part));
  if (unknown !== undefined)
    throw new UsageError(`faults: expected ${PARTS.join(", ")}, got ${unknown}`);
  const parts = named.length > 0 ? named.filter(isPart) : PARTS;
  return await provoke(parts, { every: numberOf("every", every), kind });
}
