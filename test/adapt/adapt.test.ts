/** Adaptation: planted tastes are learned, their absence is not, few labels fit T alone. */
import { expect, test } from "vitest";
import { adaptHead, type LabelledPair } from "../../src/adapt/adapt.ts";
import { learningCurve } from "../../src/adapt/curve.ts";
import { InputError } from "../../src/errors.ts";
import { mulberry32, normal } from "./numbers.ts";

const D = 24;

interface Taste {
  /** How far the labels follow the published head (1) or another direction (0). */
  readonly agreement: number;
  readonly scale?: number;
}

/** Pairs labelled by σ(taste·x), and a function that scores a head's change on fresh pairs. */
function plant(seed: number, count: number, { agreement, scale = 2 }: Taste) {
  const uniform = mulberry32(seed);
  const spreads = Array.from({ length: D }, (_, k) => (k + 1) ** -0.5);
  const draw = (): number[] => spreads.map((spread) => spread * normal(uniform));
  const unit = (w: number[]): number[] => {
    const length = Math.hypot(...w.map((value, k) => value * spreads[k]!));
    return w.map((value) => (scale * value) / length);
  };
  const published = unit(draw());
  const other = unit(draw());
  const rest = Math.sqrt(1 - agreement ** 2);
  const taste = unit(published.map((value, k) => agreement * value + rest * other[k]!));
  const project = (x: readonly number[], w: readonly number[]): number =>
    x.reduce((sum, value, k) => sum + value * w[k]!, 0);
  const pairs = Array.from({ length: count }, (_, i): LabelledPair => {
    const features = draw();
    const target = uniform() < 1 / (1 + Math.exp(-project(features, taste))) ? 1 : 0;
    return { features, margin: project(features, published), target, prompt: `p${i >> 1}` };
  });
  const accuracyOf = (change: ArrayLike<number>): number => {
    const head = published.map((value, k) => value + change[k]!);
    const fresh = Array.from({ length: 2000 }, draw);
    return fresh.filter((x) => project(x, head) * project(x, taste) > 0).length / fresh.length;
  };
  return { pairs, accuracyOf };
}

test("adapt: a changed taste, 160 labels → accepted, and right on fresh pairs more often", () => {
  for (const seed of [1, 2, 3]) {
    const { pairs, accuracyOf } = plant(seed, 160, { agreement: 0.2 });
    const found = adaptHead(pairs);
    expect(found.accepted, found.reason).toBe(true);
    expect(found.judge).toBe("published + labels");
    expect(accuracyOf(found.change)).toBeGreaterThan(accuracyOf(new Float64Array(D)) + 0.03);
    expect(found.after.logLoss).toBeLessThan(found.before.logLoss);
    expect(found.after.interval.low).toBeLessThan(found.after.accuracy);
    expect(found.after.interval.high).toBeGreaterThan(found.after.accuracy);
  }
});

test("adapt: no change of taste, 12 sets of labels → the published head stays", () => {
  const accepted = Array.from({ length: 12 }, (_, seed) => {
    const { pairs } = plant(100 + seed, 60, { agreement: 1 });
    const found = adaptHead(pairs);
    if (!found.accepted) expect(found.change).toEqual(new Float64Array(D));
    return found.accepted;
  });
  expect(accepted.filter(Boolean).length).toBeLessThanOrEqual(1);
});

test("adapt: 49 labels → the temperature alone, and that is said", () => {
  const { pairs } = plant(7, 49, { agreement: 0.2, scale: 1 });
  const found = adaptHead(pairs);
  expect(found.accepted).toBe(false);
  expect(found.lambda).toBeUndefined();
  expect(found.reason).toBe(
    "49 labels: the temperature alone is fitted. From 50 labels on the head is fitted too.",
  );
  expect(found.temperature).toBeGreaterThan(1);
});

test("adapt: a head that is not linear in its features → a new head from zero, named so", () => {
  const { pairs } = plant(5, 160, { agreement: 0 });
  const found = adaptHead(pairs, { isLinear: false });
  expect([found.accepted, found.judge, found.temperature]).toEqual([true, "labels", 1]);
});

test("adapt: all right → an interval that is not 100 to 100 %", () => {
  const { pairs } = plant(9, 60, { agreement: 1 });
  const right = pairs.map((pair) => ({ ...pair, target: pair.margin > 0 ? 1 : 0 }));
  const { before } = adaptHead(right);
  expect(before.accuracy).toBe(1);
  expect(before.interval.low).toBeCloseTo(0.94, 2);
});

test("adapt: ties count half, weights count → other temperatures", () => {
  const { pairs } = plant(11, 40, { agreement: 1 });
  const tied = pairs.map((pair, i) => (i % 4 === 0 ? { ...pair, target: 0.5 } : pair));
  const heavy = pairs.map((pair, i) => ({ ...pair, weight: i < 20 ? 5 : 1 }));
  const [plain, withTies, weighted] = [pairs, tied, heavy].map((of) => adaptHead(of));
  expect(withTies!.temperature).toBeGreaterThan(plain!.temperature);
  expect(withTies!.labels).toEqual({ all: 40, decided: 30, ties: 10, prompts: 20 });
  expect(weighted!.temperature).not.toBeCloseTo(plain!.temperature, 3);
});

test("adapt: no labels, ties only, other sizes, not finite → InputErrors that say which", () => {
  const pair: LabelledPair = { features: [1, 2], margin: 1, target: 1, prompt: "p" };
  expect(() => adaptHead([])).toThrow("labels: expected pairs, at least one of them decided");
  expect(() => adaptHead([{ ...pair, target: 0.5 }])).toThrow("got 1 ties");
  expect(() => adaptHead([pair, { ...pair, features: [1] }])).toThrow("labels[1]: expected 2");
  expect(() => adaptHead([{ ...pair, features: [1, NaN] }])).toThrow("labels[0]: expected finite");
  expect(() => adaptHead([{ ...pair, weight: 0 }])).toThrow(InputError);
});

test("curve: a changed taste → more labels are right more often on prompts left out", () => {
  const { pairs } = plant(3, 120, { agreement: 0.3 });
  const curve = learningCurve(pairs, 20);
  expect(curve.map(({ labels }) => labels)).toEqual([21, 42, 63, 84]);
  expect(curve[3]!.logLoss).toBeLessThan(curve[0]!.logLoss);
  expect(learningCurve(pairs.slice(0, 19), 20)).toEqual([]);
  expect(learningCurve(pairs, Infinity)).toEqual([]);
});
