import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisOf, letter, percentOn } from "../../../demo/base/axis.ts";

describe("letter", () => {
  it("letter: first and eighth → A and H", () => {
    expect([letter(0), letter(7)]).toEqual(["A", "H"]);
  });
});

describe("axis", () => {
  it("axis: scores on both sides of zero → round ticks around them", () => {
    expect(axisOf([2.6, -1.8])).toEqual({ from: -2, to: 4, ticks: [-2, 0, 2, 4] });
  });

  it("axis: positive scores only → begins at zero", () => {
    expect(axisOf([0.3, 0.1])).toEqual({ from: 0, to: 0.3, ticks: [0, 0.1, 0.2, 0.3] });
  });

  it("axis: zeros only → still an axis of some width", () => {
    const { from, to } = axisOf([0, 0]);
    expect(to).toBeGreaterThan(from);
  });

  it("axis: any scores → holds zero and all of them, with 2 to 8 ticks", () => {
    const scores = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(scores, (values) => {
        // Below that, scores differ by less than the numbers' own rounding.
        fc.pre(values.some((value) => Math.abs(value) > 1e-6));
        const axis = axisOf(values);
        expect(axis.ticks).toContain(0);
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2);
        expect(axis.ticks.length).toBeLessThanOrEqual(8);
        for (const value of values) {
          expect(percentOn(axis, value)).toBeGreaterThanOrEqual(-1e-6);
          expect(percentOn(axis, value)).toBeLessThanOrEqual(100 + 1e-6);
        }
      }),
    );
  });
});
