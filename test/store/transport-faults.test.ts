/** Faults on the way, in small; `npm run soak -- faults` runs them at 20 offsets. */
import { expect, test } from "vitest";
import { transport, transportFaults } from "../../testing/store/transport-faults.ts";

test("storedSource: 15 faults of servers, once and for good → right bytes or a typed error", async () => {
  expect(Object.keys(transportFaults)).toHaveLength(15);
  const tallies = await transport(1);
  expect(tallies.flatMap(({ wrong }) => wrong)).toEqual([]);
  // Whether a fault mends by itself is part of what is promised.
  const mended = tallies.map(
    ({ fault, right, errors }) => `${fault}: ${right} right, ${errors} errors`,
  );
  expect(mended).toEqual([
    "416: 0 right, 2 errors",
    "429: 1 right, 1 errors",
    "503: 1 right, 1 errors",
    "ends before Content-Length: 1 right, 1 errors",
    "no length, ends early: 1 right, 1 errors",
    // Each try gets some bytes further, and then past the fault.
    "chunked body cut: 2 right, 0 errors",
    "reset: 1 right, 1 errors",
    "longer than asked for: 2 right, 0 errors",
    "200 for a range: 2 right, 0 errors",
    "403, an expired link: 1 right, 1 errors",
    "HTML with status 200: 0 right, 2 errors",
    "another ETag, other bytes: 0 right, 2 errors",
    "redirect: 2 right, 0 errors",
    "stall: 1 right, 1 errors",
    "slow: 2 right, 0 errors",
  ]);
});
