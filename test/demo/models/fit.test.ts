import { describe, expect, it } from "vitest";
import { fitOf, recommended } from "../../../demo/models/fit.ts";

/** Skywork-VL-Reward-7B without its embedding, in bytes. */
const stored = { form: "stored", totalBytes: 14.4e9, leastBytes: 0.93e9 } as const;
const q8 = { form: "q8", totalBytes: 8.7e9, leastBytes: 0.53e9 } as const;
const q4 = { form: "q4", totalBytes: 5.4e9, leastBytes: 0.3e9 } as const;

describe("fit", () => {
  it("fit: weights within four fifths of the budget → resident", () => {
    expect(fitOf(q4, 6.75e9)).toEqual({
      form: "q4",
      kind: "resident",
      totalBytes: 5.4e9,
      heldBytes: 5.4e9,
    });
  });

  it("fit: a byte more than four fifths → streamed, holding its share of the budget", () => {
    expect(fitOf({ ...q4, totalBytes: 4001 }, 5000).kind).toBe("tight");
    const fit = fitOf(stored, 6e9);
    expect(fit).toMatchObject({ kind: "streamed", heldBytes: 4.8e9 });
  });

  it("fit: two groups are more than the share → tight, and what it needs", () => {
    expect(fitOf(stored, 1e9)).toMatchObject({ kind: "tight", heldBytes: 0.93e9 });
  });

  it.each([
    [24e9, "stored"],
    [12e9, "q8"],
    [8e9, "q4"],
    [2e9, "q4"],
  ])("recommended: a budget of %d bytes → %s", (budget, form) => {
    const fits = [stored, q8, q4].map((need) => fitOf(need, budget));
    expect(recommended(fits)?.form).toBe(form);
  });
});
