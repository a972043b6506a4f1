/**
 * The embedded model's held-out pairs, their pictures decoded, and what the reference scores for
 * them.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Conversation, ImageInput } from "../src/types.ts";
import { decodePicture } from "./picture.ts";

/** The embedded model's folder, with a slash at its end. */
export const EMBEDDED_ROOT: string = fileURLToPath(
  new URL("../weights/tiny-vl-reward/", import.meta.url),
);

export interface HeldOutPair {
  readonly id: string;
  /** Ending with the chosen response, and with the rejected one. */
  readonly conversations: readonly [Conversation, Conversation];
  /** The reference's scores of them. */
  readonly reference: readonly [number, number];
}

interface PairLine {
  readonly id: string;
  readonly image?: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** The pairs, pictures as `pictureOf` makes them of their paths from the model's folder. */
export async function heldOutPairs(
  pictureOf: (path: string) => Promise<ImageInput> = async (path) =>
    await decodePicture(`${EMBEDDED_ROOT}${path}`),
): Promise<readonly HeldOutPair[]> {
  const lines = readFileSync(`${EMBEDDED_ROOT}heldout/pairs.jsonl`, "utf8").split("\n");
  const { pairs: references } = JSON.parse(
    readFileSync(`${EMBEDDED_ROOT}reference_scores.json`, "utf8"),
  ) as { pairs: Record<string, { bf16: [number, number] }> };
  const pictures = new Map<string, ImageInput>();
  const pairs: HeldOutPair[] = [];
  for (const line of lines.filter((text) => text !== "")) {
    const { id, image, prompt, chosen, rejected } = JSON.parse(line) as PairLine;
    if (image && !pictures.has(image)) {
      pictures.set(image, await pictureOf(image));
    }
    const picture = image === undefined ? undefined : pictures.get(image);
    const conversationOf = (content: string): Conversation => {
      const text = { type: "text" as const, text: prompt };
      const parts = picture ? [{ type: "image" as const, image: picture }, text] : prompt;
      return [
        { role: "user", content: parts },
        { role: "assistant", content },
      ];
    };
    const reference = references[id]?.bf16;
    if (!reference) throw new Error(`reference_scores.json: has no pair "${id}"`);
    pairs.push({
      id,
      conversations: [conversationOf(chosen), conversationOf(rejected)],
      reference,
    });
  }
  return pairs;
}
