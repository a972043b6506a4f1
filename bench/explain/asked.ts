// Tested by: test/explain/held-out.gpu.test.ts
/**
 * The object that a held-out question is about, and whether an explanation points at it.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Box } from "../../src/explain/cells.ts";

/** An object of a held-out picture, from the generator's own scene. */
interface SceneObject {
  readonly colour: string;
  readonly shape?: string;
  readonly value?: number;
  /** In the picture's own pixels. */
  readonly box: Box;
}

const BOXES = fileURLToPath(new URL("../../test/explain/golden/boxes.json", import.meta.url));
let known: Readonly<Record<string, readonly SceneObject[]>> | undefined;

export interface AskedPair {
  readonly id: string;
  readonly image?: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** Returns the box of the object that a colour, shape or extreme question asks about. */
export function askedBox({ id, image, prompt, chosen }: AskedPair): Box | undefined {
  known ??= JSON.parse(readFileSync(BOXES, "utf8")) as typeof known;
  const objects = known?.[image ?? ""] ?? [];
  const says = (text: string, word: string | undefined): boolean =>
    word !== undefined && new RegExp(`\\b${word}\\b`, "iu").test(text);
  if (id.startsWith("scene_color")) {
    return objects.find(({ shape }) => says(prompt, shape))?.box;
  }
  if (id.startsWith("scene_shape")) {
    return objects.find(({ colour }) => says(prompt, colour))?.box;
  }
  if (!id.startsWith("bar_extreme")) return undefined;
  const values = objects.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const isHigh = /highest|tallest|largest/iu.test(prompt);
  const extreme = isHigh ? Math.max(...values) : Math.min(...values);
  const bar = objects.find(({ value }) => value === extreme);
  return bar && says(chosen, bar.colour) ? bar.box : undefined;
}

/** Returns whether two boxes share an area. */
export function overlaps(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
