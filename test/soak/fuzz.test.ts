/**
 * A little of what `npm run soak -- fuzz` does by the million: damaged and hostile files for every
 * reader of strangers' bytes.
 */
import { expect, test } from "vitest";
import { mutate, mutateJson } from "../../soak/parts/mutate.ts";
import { TARGETS } from "../../soak/parts/fuzz/targets.ts";
import { fuzzHere } from "../../soak/parts/fuzz/worker.ts";
import { random } from "../../testing/store/model-fixture.ts";

/** The store's cost is a download each. */
const inputsOf = (name: string): number => (name.startsWith("store: opened") ? 5 : 120);

test.each(TARGETS.map((target) => [target.name, target] as const))(
  "fuzz: %s → good files are read; damaged ones read, or refused by an error of ours",
  async (name, target) => {
    expect(await fuzzHere(target, inputsOf(name), 11)).toEqual([]);
  },
  60_000,
);

test("fuzz: a reader that throws something else, or writes → told", async () => {
  const [target] = TARGETS;
  const throwing = { ...target!, run: () => Promise.reject(new TypeError("x")) };
  expect((await fuzzHere(throwing, 3, 1)).length).toBeGreaterThan(3);
  const writing = { ...target!, run: async (bytes: Uint8Array) => void (bytes[0] = bytes[0]! ^ 1) };
  expect((await fuzzHere(writing, 3, 1))[0]).toContain("changed the caller's bytes");
});

test("mutate: same numbers → same bytes; the file itself stays", () => {
  const file = Buffer.from('{"a": [1, 2, {"b": "text"}], "c": 3.5}');
  const before = Buffer.from(file);
  for (const change of [mutateJson, (b: Uint8Array, next: () => number) => mutate(b, true, next)]) {
    const made = Array.from({ length: 200 }, (_, i) =>
      Buffer.from(change(file, random(i))).toString(),
    );
    const again = Array.from({ length: 200 }, (_, i) =>
      Buffer.from(change(file, random(i))).toString(),
    );
    expect(made).toEqual(again);
    expect(new Set(made).size).toBeGreaterThan(100);
    expect(file).toEqual(before);
  }
});
