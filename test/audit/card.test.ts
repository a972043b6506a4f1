/** A judge's card: what it says, in Markdown. */
import { expect, test } from "vitest";
import { audit } from "../../src/audit/audit.ts";
import { cardMarkdown, type Card } from "../../src/audit/card.ts";
import { defaultSwaps, swapEdit } from "../../src/audit/edits.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { goldenEdits, goldenRows } from "./golden-rows.ts";

const bootstrap = { resamples: 50, seed: 7 };
const judge = { model: "m", revision: "r", weights: "stored" };
const card: Card = {
  audit: audit({
    judge,
    rows: goldenRows,
    edited: goldenEdits,
    swaps: swapEdit(defaultSwaps),
    bootstrap,
  }),
  evaluation: evaluate({ benchmark: "pairs", rows: goldenRows, judge, bootstrap }),
  about: "For <bars>.\n\nNot for photographs.",
  model: [{ name: "model.safetensors", bytes: 4_396_704, sha256: "e3ad" }],
  rows: [{ name: "pairs.jsonl", bytes: 12, sha256: "abcd" }],
  anchors: 12,
  made: { version: "0.1.0", adapter: "swiftshader", command: "vl-reward card pairs.jsonl" },
};

test("card: what it is, how good, audit, and all that makes it again", () => {
  const text = cardMarkdown(card);
  for (const part of [
    "# Card of m@r",
    "Not for photographs.",
    "## How good",
    "| Overall | 180 | 70.0 |",
    "## Visual reliance",
    "| neutral sentence | 360 |",
    "Command: `vl-reward card pairs.jsonl`",
    "vl-reward 0.1.0, adapter swiftshader, weights stored.",
    "50 resamples over prompts, seed 7",
    "Anchors: 12 inputs in anchors.jsonl",
    "(20 to 50 are wanted)",
    "| model.safetensors | 4,396,704 | e3ad |",
    "| pairs.jsonl | 12 | abcd |",
  ]) {
    expect(text).toContain(part);
  }
});
