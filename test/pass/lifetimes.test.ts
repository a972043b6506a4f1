import { expect, test } from "vitest";
import { kernel, read, write } from "../../src/kernels/kernel.ts";
import type { Recorder, Tensor } from "../../src/kernels/kernel.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { assignBuffers, findLifetimes } from "../../src/pass/lifetimes.ts";
import { Plan } from "../../src/pass/plan.ts";

const copy = kernel("copy", [""], {
  bindings: [read("x"), write("out")],
  constants: [],
  params: [],
});

function step(plan: Recorder, x: Tensor, columns: number): Tensor {
  const out = plan.tensor("out", 1, columns);
  plan.record({
    label: "copy",
    kernel: copy,
    constants: {},
    bindings: [x, out],
    params: {},
    grid: [1, 1, 1],
    cost: 1,
  });
  return out;
}

test("lifetimes: a chain of four → two buffers serve all; no step reads and writes the same one", () => {
  const plan = new Plan(PLAIN);
  const a = plan.input("a", new Float32Array(4));
  const b = step(plan, a, 4);
  const c = step(plan, b, 4);
  const d = step(plan, c, 4);
  plan.output("d", d);
  const { byteLengths, slots } = assignBuffers(findLifetimes(plan), plan.tensors.length);
  expect(byteLengths).toHaveLength(2);
  expect(slots[a.id]).toBe(slots[c.id]);
  expect(slots[a.id]).not.toBe(slots[b.id]);
  expect(slots[c.id]).not.toBe(slots[d.id]);
});

test("lifetimes: an input used late → lives from before the first step, because it is uploaded then", () => {
  const plan = new Plan(PLAIN);
  const late = plan.input("late", new Float32Array(4));
  const b = step(plan, plan.input("a", new Float32Array(4)), 4);
  step(plan, b, 4);
  step(plan, late, 4);
  const life = findLifetimes(plan).find(({ tensor }) => tensor === late);
  expect(life).toMatchObject({ first: -1, last: 2 });
});

test("lifetimes: an output made early → keeps its buffer to the end", () => {
  const plan = new Plan(PLAIN);
  const b = step(plan, plan.input("a", new Float32Array(4)), 4);
  plan.output("b", b);
  const c = step(plan, b, 4);
  const d = step(plan, c, 4);
  const { slots } = assignBuffers(findLifetimes(plan), plan.tensors.length);
  expect(new Set([slots[b.id], slots[c.id], slots[d.id]]).size).toBe(3);
});

test("lifetimes: tensors of many sizes → every tensor fits its buffer and no two lives overlap in one", () => {
  const plan = new Plan(PLAIN);
  let x = plan.input("x", new Float32Array(4));
  const kept: Tensor[] = [];
  for (let i = 0; i < 40; i++) {
    x = step(plan, i % 7 === 3 ? (kept.at(-1) ?? x) : x, 4 * (1 + ((i * 13) % 9)));
    kept.push(x);
  }
  const lives = findLifetimes(plan);
  const { byteLengths, slots } = assignBuffers(lives, plan.tensors.length);
  for (const life of lives) {
    const slot = slots[life.tensor.id] ?? -1;
    expect(byteLengths[slot]).toBeGreaterThanOrEqual(life.tensor.byteLength);
    for (const other of lives) {
      const together = other !== life && slots[other.tensor.id] === slot;
      expect(together && other.first <= life.last && life.first <= other.last).toBe(false);
    }
  }
  expect(byteLengths.length).toBeLessThan(lives.length / 3);
});

test("plan: a step with a missing param → says which were recorded and which are wanted", () => {
  const plan = new Plan(PLAIN);
  const x = plan.input("x", new Float32Array(4));
  const record = (): void =>
    plan.record({
      label: "decoder.3.copy",
      kernel: copy,
      constants: {},
      bindings: [x],
      params: {},
      grid: [1, 1, 1],
      cost: 1,
    });
  expect(record).toThrow("decoder.3.copy: recorded with the wrong bindings: expected 2, got 1.");
});
