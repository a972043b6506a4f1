/** `npm run soak -- embedded` in small: each blow once. */
import { expect, test } from "vitest";
import { soakEmbedded } from "../../soak/parts/embedded.ts";

test("worker: its page hidden, frozen, left, its GPU process killed → every call settles, right or typed; memory flat", async () => {
  const { right, typed, faults } = await soakEmbedded({ scores: 25, batchSize: 5 }, () => {});
  expect(faults).toEqual([]);
  // One of five is aborted; one batch goes with its page.
  expect(right).toBeGreaterThanOrEqual(12);
  expect(right + typed).toBeGreaterThanOrEqual(20);
}, 300_000);
