/** Shapley values of games with known answers, and of Python's `shap` and `captum`. */
import { expect, test } from "vitest";
import { exactShapley, sampledShapley } from "../../src/explain/shapley.ts";
import { random } from "../../src/statistics/random.ts";
import golden from "./golden/shapley.json" with { type: "json" };

/** Games whose Shapley values are known by formula. */
const games: Record<
  string,
  { worth: (s: readonly boolean[]) => number; values: readonly number[] }
> = {
  additive: {
    worth: (s) => [3, -1, 0.5, 2, -4].reduce((sum, w, i) => sum + (s[i] ? w : 0), 7),
    values: [3, -1, 0.5, 2, -4],
  },
  majority: {
    worth: (s) => (s.filter(Boolean).length >= 3 ? 1 : 0),
    values: [0.2, 0.2, 0.2, 0.2, 0.2],
  },
  interaction: {
    worth: (s) => (s[0] && s[1] ? 6 : 0) + (s[2] ? 1 : 0) - (s[3] && s[4] ? 2 : 0),
    values: [3, 3, 1, -1, -1],
  },
  // A left glove or two right ones: the one that is rare gets two thirds.
  glove: {
    worth: (s) => Math.min(s[0] ? 1 : 0, Number(s[1] ?? false) + Number(s[2] ?? false)),
    values: [2 / 3, 1 / 6, 1 / 6],
  },
};

for (const [name, { worth, values }] of Object.entries(games)) {
  const game = async (coalitions: readonly boolean[][]) => coalitions.map(worth);

  test(`Shapley, ${name}: enumerated → the formula's values to 1e-9, no errors`, async () => {
    const found = await exactShapley(values.length, game);
    for (const [i, value] of values.entries()) expect(found.values[i]).toBeCloseTo(value, 9);
    expect(found.standardErrors).toEqual(values.map(() => 0));
  });

  test(`Shapley, ${name}: sampled in antithetic pairs → within three standard errors, sum kept`, async () => {
    const found = await sampledShapley(values.length, game, {
      random: random(3),
      enough: 0,
      mostPairs: 300,
    });
    expect(found.orders).toBe(600);
    for (const [i, value] of values.entries()) {
      const error = Math.abs(found.values[i]! - value);
      expect(error).toBeLessThanOrEqual(3 * found.standardErrors[i]! + 1e-9);
    }
    const none = values.map(() => false);
    const gain = worth(values.map(() => true)) - worth(none);
    expect(found.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(gain, 9);
  });
}

test("Shapley: sure enough after four pairs of an additive game → it stops there", async () => {
  const game = async (coalitions: readonly boolean[][]) =>
    coalitions.map((s) => s.filter(Boolean).length);
  const found = await sampledShapley(6, game, { random: random(1), enough: 0.1, mostPairs: 50 });
  expect(found.orders).toBe(8);
});

/** captum sums up to 120 orders in float32, also of a float64 game: its own error is below 5e-6. */
const CAPTUM_DIGITS = 5;

for (const { players, table, shap, captum, ablation } of golden.games) {
  /** The value of each mask, by its bits: the same table that Python was given. */
  const worth = (mask: readonly boolean[]): number =>
    table[mask.reduce((bits, isIn, i) => bits + (isIn ? 2 ** i : 0), 0)]!;

  test(`Shapley, ${players} players: the masks that Python's shap and captum were given → their numbers`, async () => {
    const found = await exactShapley(players, async (masks) => masks.map(worth));
    for (const [i, value] of found.values.entries()) {
      expect(value).toBeCloseTo(shap[i]!, 9);
      expect(value).toBeCloseTo(captum[i]!, CAPTUM_DIGITS);
    }
  });

  test(`leave-out, ${players} players: the masks that captum's ablation was given → its numbers`, () => {
    const all = Array.from({ length: players }, () => true);
    for (const [i, expected] of ablation.entries()) {
      const effect = worth(all) - worth(all.map((_, k) => k !== i));
      expect(effect).toBeCloseTo(expected, CAPTUM_DIGITS);
    }
  });
}
