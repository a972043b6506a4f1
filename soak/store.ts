/** Downloads killed, bits flipped, disks full: in Node, and in a real Chrome. */

import { provoke } from "./parts/provoke.ts";

export const usage = `
npm run soak -- store: downloads killed, bits flipped, disks full, in Node and in headless Chrome
`;

export const options = {} as const;

export async function run(): Promise<boolean> {
  return await provoke(["store", "chrome"], { every: 1, kind: undefined });
}
