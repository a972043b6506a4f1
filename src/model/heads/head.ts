// Tested by: test/model/heads/read-record.test.ts
/**
 * What a model's reward is: the head that reads the decoder's states, where it is read, how the
 * prompt is made and what becomes of the numbers.
 *
 * It comes from reward.json (`read-record.ts`), from what a folder implies (`implied.ts`), or from
 * the records of published models (`published.ts`). MODEL.md has the words.
 */
import { PLAIN_PROMPT } from "../../text/template/prompt-record.ts";
import type { PromptRecord } from "../../text/template/prompt-record.ts";

/** Looks up the shape of a checkpoint's tensor; undefined for one that it lacks. */
export type ShapeOf = (name: string) => readonly number[] | undefined;

export const ACTIVATIONS = ["relu", "silu", "selu", "tanh", "gelu"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** A linear layer `<name>.weight`, `<name>.bias`, and what follows it. */
export interface MlpLayer {
  readonly name: string;
  readonly activation?: Activation | undefined;
}

/** Linear layers with functions between them. */
export interface MlpHead {
  readonly kind: "mlp";
  readonly layers: readonly MlpLayer[];
  /** True for a head of one layer that must have one output. */
  readonly isScalar?: boolean;
}

/** Rows of the output embedding for label tokens. */
export interface LabelsHead {
  readonly kind: "labels";
  readonly labels: readonly string[];
}

/** A query and a key for each option: TinyJev, Kev. */
export interface PointerHead {
  readonly kind: "pointer";
  readonly headDim: number;
  readonly temperature: number;
}

export type Head = MlpHead | LabelsHead | PointerHead;

/** The tokens that a head is read at. */
export type ReadAt =
  | { readonly at: "last" }
  /** The last that is not `pad_token_id`, as transformers' classifiers do. */
  | { readonly at: "unpadded" }
  /** A marker, which the prompt has exactly once. */
  | { readonly at: "token"; readonly token: string }
  /** Every marker of the prompt. */
  | { readonly at: "every"; readonly token: string }
  /** The last token of each separator of the prompt's pieces. */
  | { readonly at: "separators" };

export const AGGREGATES = ["min", "product", "last", "mean"] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** What becomes of the head's numbers. */
export interface Output {
  readonly kind: "raw" | "sigmoid" | "softmax" | "vocabulary";
  /** Which output of an mlp counts. */
  readonly index: number;
  /** A raw score is (output − mean) / std. */
  readonly mean: number;
  readonly std: number;
  /** Of the values at several places. */
  readonly aggregate: Aggregate | undefined;
  /** Names of an mlp's outputs. */
  readonly names: readonly string[] | undefined;
}

/** A head and the prompt that it is read with. */
export interface RewardPass {
  readonly head: Head;
  readonly prompt: PromptRecord;
}

export interface RewardRecord {
  /** Where it comes from, for messages: `reward.json`, `config.json` … */
  readonly origin: string;
  /** The file of weights, if it is not model.safetensors. */
  readonly weights: string | undefined;
  /** One, or several whose outputs are averaged. */
  readonly passes: readonly RewardPass[];
  readonly read: ReadAt;
  /** `1d` counts pictures as text. */
  readonly positions: "mrope" | "1d";
  readonly output: Output;
  /** True for a model that was trained to answer: any question may be asked by its labels. */
  readonly isGenerative: boolean;
}

export const RAW_OUTPUT: Output = {
  kind: "raw",
  index: 0,
  mean: 0,
  std: 1,
  aggregate: undefined,
  names: undefined,
};

/** Returns a record of one pass. */
export function onePass(
  head: Head,
  prompt: Partial<PromptRecord>,
  more: Partial<Omit<RewardRecord, "passes">> & Pick<RewardRecord, "origin">,
): RewardRecord {
  return {
    weights: undefined,
    read: { at: "last" },
    positions: "mrope",
    output: RAW_OUTPUT,
    isGenerative: false,
    ...more,
    passes: [{ head, prompt: { ...PLAIN_PROMPT, ...prompt } }],
  };
}
