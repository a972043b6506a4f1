/** GPU processes that crash and tabs that freeze, at twenty moments. */

import { provoke } from "./parts/provoke.ts";

export const usage = `
npm run soak -- crash: Chrome's GPU process crashed, and tabs frozen, at twenty moments
`;

export const options = {} as const;

export async function run(): Promise<boolean> {
  return await provoke(["crash"], { every: 1, kind: undefined });
}
