/** Every call of WebGPU made to fail. */

import { numberOf, type Values } from "../tools/options.ts";
import { provoke } from "./parts/provoke.ts";

export const usage = `
npm run soak -- gpu [OPTIONS]: every call of WebGPU made to fail

  --every N      one in N calls, every one by default
  --kind KIND    validation, out-of-memory, rejected or lost; all by default
`;

export const options = {
  every: { type: "string", default: "1" },
  kind: { type: "string" },
} as const;

export async function run({ every, kind }: Values<typeof options>): Promise<boolean> {
  return await provoke(["gpu"], { every: numberOf("every", every), kind });
}
