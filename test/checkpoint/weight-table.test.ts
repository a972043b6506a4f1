/** Which weights are held in which form. */
import { expect, test } from "vitest";
import type { Weight } from "../../src/kernels/kernel.ts";
import { planParts } from "../../testing/gpu/plan-parts.ts";

/** A model with a vision tower. */
const MODEL = "a";

/** All weights of a tree of them. */
function weightsOf(tree: unknown): Weight[] {
  if (typeof tree !== "object" || tree === null) return [];
  if ("form" in tree && "group" in tree) return [tree as Weight];
  return Object.values(tree).flatMap(weightsOf);
}

async function formsOf(
  weights: "stored" | "q8" | "q4",
  isMeant: (weight: Weight) => boolean,
): Promise<Set<string>> {
  const { weights: tree } = await planParts(MODEL, weights);
  return new Set(
    weightsOf(tree)
      .filter(isMeant)
      .map(({ form }) => form),
  );
}

const isMatrix = ({ rows }: Weight): boolean => rows > 1;
const isDecoder = ({ group }: Weight): boolean => group.startsWith("decoder.layer.");
const isVision = ({ group }: Weight): boolean => group.startsWith("vision.");

test.each([
  ["q8", "q8", "stored"],
  ["q4", "q4", "q8"],
] as const)(
  "weights %s → the decoder's matrices in %s, the vision tower's in %s",
  async (weights, decoder, vision) => {
    const stored = await formsOf("stored", isMatrix);
    expect(stored.size).toBe(1);
    const wanted = vision === "stored" ? stored : new Set([vision]);
    expect(await formsOf(weights, (w) => isMatrix(w) && isDecoder(w))).toEqual(new Set([decoder]));
    expect(await formsOf(weights, (w) => isMatrix(w) && isVision(w))).toEqual(wanted);
    const others = (w: Weight): boolean => !isDecoder(w) && !isVision(w);
    expect(await formsOf(weights, others)).toEqual(await formsOf("stored", others));
  },
);

test("weights q4 → no vector is quantised", async () => {
  expect(await formsOf("q4", (w) => !isMatrix(w))).toEqual(new Set(["f32"]));
});
