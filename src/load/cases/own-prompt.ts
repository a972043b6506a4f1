// Tested by: test/golden/heads.gpu.test.ts
/** A case with fields for the model's own prompt, or with labels. */
import { at } from "../../base/at.ts";
import { InputError } from "../../errors.ts";
import type { EmbeddingTable } from "../../checkpoint/embedding-table.ts";
import type { ModelConfig } from "../../model/config.ts";
import type { RewardRecord } from "../../model/heads/head.ts";
import { fillPrompt } from "../../text/template/fill-prompt.ts";
import { takesInputs } from "../../text/template/prompt-record.ts";
import type { PromptRecord } from "../../text/template/prompt-record.ts";
import type { Prompt } from "../../text/prompt.ts";
import type { TextProcessor } from "../../text/text-processor.ts";
import type { ImagePart } from "../../types.ts";

/** The labels of a question, and their rows of the output embedding. */
export interface LabelRows {
  readonly labels: readonly string[];
  readonly ids: readonly number[];
  readonly rows: readonly Float32Array[];
}

/** What labels are looked up in. */
interface LabelsOf {
  readonly reward: RewardRecord;
  readonly text: TextProcessor;
  /** The output embedding, for heads of labels. */
  readonly outputRows: EmbeddingTable | undefined;
}

/** What is known of a case before its pictures are loaded. */
interface Filled {
  readonly images: readonly ImagePart[];
  readonly encode: (imageTokens: readonly number[]) => {
    readonly prompt: Prompt;
    readonly ends?: readonly number[];
  };
}

/** Returns a prompt of the model's own with a case's fields in it. @throws InputError */
export function filled(
  text: TextProcessor,
  prompt: PromptRecord,
  inputs: unknown,
  where: string,
  { vision }: ModelConfig,
): Filled {
  if (!takesInputs(prompt)) {
    throw new InputError({
      where,
      what: "this model has no prompt of its own",
      expected: "messages",
      todo: "Give the conversation, or a reward.json whose prompt names the fields",
    });
  }
  const made = fillPrompt(prompt, inputs, where);
  if ("pieces" in made) {
    const { pieces } = made;
    const encode = (): ReturnType<Filled["encode"]> => {
      const encoded = text.encodePieces(pieces);
      const places = separatorsOf(prompt, inputs, encoded.ends);
      return { prompt: encoded, ends: places };
    };
    return { images: [], encode };
  }
  const images = made.turns.flatMap(({ content }) =>
    content.filter(({ type }) => type === "image"),
  );
  if (images.length > 0 && vision === undefined) {
    throw new InputError({ where, what: "this model reads text only", got: "pictures" });
  }
  const { generationPrompt, suffix } = prompt;
  const ending = { generationPrompt, suffix };
  return {
    images: images as readonly ImagePart[],
    encode: (imageTokens) => ({ prompt: text.encode(made, imageTokens, ending) }),
  };
}

/** Returns the last token of each separator: every second piece of a list's. */
function separatorsOf(
  { pieces = [], defaults }: PromptRecord,
  inputs: unknown,
  ends: readonly number[],
): readonly number[] {
  const fields = { ...defaults, ...(inputs as Readonly<Record<string, unknown>>) };
  const places: number[] = [];
  let next = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") next += 1;
    else {
      const list = fields[piece.each];
      for (let i = 0; i < (Array.isArray(list) ? list.length : 0); i++) {
        places.push(at(ends, next + 1));
        next += 2;
      }
    }
  }
  return places;
}

/** Returns the rows of a case's labels, or of the head's. @throws InputError for other labels */
export async function labelRows(
  { reward, text, outputRows }: LabelsOf,
  pass: number,
  given: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<LabelRows | undefined> {
  const { head } = at(reward.passes, pass);
  if (head.kind !== "labels") {
    if (given === undefined) return undefined;
    throw new InputError({
      where: "labels",
      what: "the head of this model has no labels",
      todo: "Leave them out",
    });
  }
  if (outputRows === undefined) return undefined;
  const labels = given ?? head.labels;
  const ids = labels.map((label, i) => {
    const id = typeof label === "string" ? text.tokenId(label) : undefined;
    if (id !== undefined) return id;
    const tokens = typeof label === "string" ? text.encodeText(label).length : 0;
    throw new InputError({
      where: `labels[${i}]`,
      what: `the label ${JSON.stringify(label)?.slice(0, 60)} is not one token`,
      got: `${tokens} tokens`,
      expected: "texts of one token each, such as yes, no, A, B, 0, 1",
    });
  });
  if (ids.length === 0 || new Set(ids).size < ids.length) {
    throw new InputError({
      where: "labels",
      expected: "one label or more, all different tokens",
      got: labels.join(", ").slice(0, 80) || "none",
    });
  }
  return { labels, ids, rows: await outputRows.floats(ids, signal) };
}
