/**
 * The heads of one linear layer that trainers write, by their tensors' names. To add one, list it
 * here; any other head is said by reward.json.
 */
import { WeightsError } from "../../errors.ts";
import { onePass } from "./head.ts";
import type { Head, RewardRecord, ShapeOf } from "./head.ts";

/** A head of one linear layer. */
export interface LinearHead {
  /** The name in errors. */
  readonly name: string;
  /** Its tensors, as errors name them. */
  readonly wanted: string;
  /** What its layer may be called; the first that the checkpoint has is used. */
  readonly prefixes: readonly string[];
  /** Endings of `architectures` whose own code reads this head, for checkpoints that have two. */
  readonly architectures: readonly string[];
  readonly read: "last" | "unpadded";
  /** Whether a missing bias is a fault. */
  readonly isBiased: boolean;
}

export const heads: readonly LinearHead[] = [
  {
    // TRL's, as LLaMA-Factory saves it too.
    name: "value head",
    wanted: "v_head.summary.weight [1, hidden_size] and v_head.summary.bias [1]",
    prefixes: ["v_head.summary"],
    architectures: [],
    read: "last",
    isBiased: true,
  },
  {
    // transformers' …ForSequenceClassification.
    name: "score head",
    wanted: "score.weight [1, hidden_size]",
    // vLLM's classifiers, which `export` writes, have it under the decoder's name.
    prefixes: ["score", "language_model.score"],
    architectures: ["ForSequenceClassification"],
    read: "unpadded",
    isBiased: false,
  },
];

/** A head, and the prefix of its tensors' names in a checkpoint. */
export interface FoundHead {
  readonly head: LinearHead;
  readonly prefix: string;
}

/**
 * Finds the head of a checkpoint by its tensors; undefined if it has no known one. If it has two,
 * the one counts that the model's class reads.
 */
export function findHead(shapeOf: ShapeOf, architecture: string): FoundHead | undefined {
  const found = heads.flatMap((head) => {
    const prefix = head.prefixes.find((own) => shapeOf(`${own}.weight`) !== undefined);
    return prefix === undefined ? [] : [{ head, prefix }];
  });
  const isRead = ({ head }: FoundHead): boolean =>
    head.architectures.some((ending) => architecture.endsWith(ending));
  return found.find(isRead) ?? found[0];
}

/**
 * Returns the record of a head of one linear layer; undefined if the checkpoint has none.
 * @throws WeightsError if its bias is missing
 */
export function linearRecord(shapeOf: ShapeOf, architecture: string): RewardRecord | undefined {
  const found = findHead(shapeOf, architecture);
  if (!found) return undefined;
  const head: Head = { kind: "mlp", layers: [{ name: found.prefix }], isScalar: true };
  const missing = `${found.prefix}.bias`;
  if (found.head.isBiased && shapeOf(missing) === undefined) {
    throw new WeightsError({
      where: missing,
      what: "the tensor is missing",
      expected: found.head.wanted,
      todo: "Add the file that the model was published with",
    });
  }
  return onePass(head, {}, { origin: found.head.name, read: { at: found.head.read } });
}
