import { expect, test } from "vitest";
import { PictureMemory } from "../../src/load/picture-memory.ts";
import type { Picture } from "../../src/load/picture-memory.ts";

function picture(index: number, input: string): Picture {
  const sides = { width: 4, height: 4, resizedWidth: 4, resizedHeight: 4, tokens: 2 };
  return {
    index,
    input,
    budget: "{}",
    pixels: { width: 4, height: 4, data: new Uint8Array(64) },
    grid: { ...sides, rows: 2, columns: 2 } as unknown as Picture["grid"],
    scored: sides,
  };
}

const rows = [new Float32Array(9)];

test("picture memory: room for two of 100 bytes → the one used longest ago goes", () => {
  const memory = new PictureMemory(200);
  const [a, b, c] = [picture(0, "a"), picture(1, "b"), picture(2, "c")];
  memory.keep(a, rows);
  memory.keep(b, rows);
  expect(memory.byteLength).toBe(200);
  expect(memory.rowsOf(a)).toBe(rows);
  memory.keep(c, rows);
  expect(memory.find("b", "{}")).toBeUndefined();
  expect(memory.rowsOf(b)).toBeUndefined();
  expect(memory.find("a", "{}")).toBe(a);
  expect(memory.find("c", "{}")).toBe(c);
  expect(memory.byteLength).toBe(200);
});

test("picture memory: a picture that is larger than all of it → not kept, and nothing is dropped", () => {
  const memory = new PictureMemory(150);
  const a = picture(0, "a");
  memory.keep(a, rows);
  memory.keep(picture(1, "b"), [new Float32Array(30)]);
  expect(memory.find("a", "{}")).toBe(a);
  expect(memory.find("b", "{}")).toBeUndefined();
});

test("picture memory: one input under two budgets → two pictures", () => {
  const memory = new PictureMemory(1000);
  const small = { ...picture(1, "a"), budget: '{"max_pixels":784}' };
  memory.keep(picture(0, "a"), rows);
  memory.keep(small, rows);
  expect(memory.find("a", small.budget)).toBe(small);
  expect(memory.find("a", "{}")?.index).toBe(0);
});
