/** The store's faults in small; `npm run soak -- faults` runs more of them and prints a table. */
import { describe, expect, test } from "vitest";
import { failingCalls, flippedBits, kills, quotas } from "../../testing/store/faults.ts";

describe("the store's faults", () => {
  test("kills: 60 in mid-download → at most one chunk again, the hashes right", async () => {
    const counted = await kills(60);
    expect(counted.wrong).toEqual([]);
    expect(counted.right - counted.uncached).toBe(60);
    // The kills do hit downloads that are under way.
    expect(counted.mostAgain).toBeGreaterThan(0);
  });

  test("failingCalls: one in 4 calls of the file system, failing or torn → right bytes or a typed error", async () => {
    for (const counted of await failingCalls(4)) {
      expect(counted.wrong).toEqual([]);
      expect(counted.right + counted.errors).toBe(counted.cases);
      expect(counted.uncached).toBeGreaterThan(0);
    }
  });

  test("quotas: space ends at 9 places → right bytes without the store, nothing left behind", async () => {
    const counted = await quotas(9);
    expect(counted.wrong).toEqual([]);
    expect(counted.uncached).toBe(9);
  });

  test("flippedBits: 60 bits → all found by verify, none handed out", async () => {
    const counted = await flippedBits(60);
    expect(counted.wrong).toEqual([]);
    expect(counted.right - counted.uncached).toBe(60);
  });
});
