/** Loads and reads a changed golden model without a GPU, as far as the first pass. */
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { RewardError } from "../../src/errors.ts";
import { openFolder } from "../../src/load/folder.ts";
import { modelWeights } from "../../src/model/weights.ts";
import type { Conversation } from "../../src/types.ts";
import { changedFolder } from "../../testing/checkpoint/folder-fixture.ts";

/** What became of a hostile model: its error, or the ids that a pass would take. */
export interface Outcome {
  readonly error: unknown;
  readonly ids: readonly number[];
  readonly warnings: readonly string[];
}

export const CONVERSATION: Conversation = [
  { role: "user", content: "Which series is the highest?" },
  { role: "assistant", content: "Yes, purple is the highest." },
];

type Changes = Parameters<typeof changedFolder>[1];

/** Opens golden model `a` with files changed, makes its tables and encodes a conversation. */
export async function openHostile(
  changes: Changes,
  conversation: Conversation = CONVERSATION,
): Promise<Outcome> {
  const warnings: string[] = [];
  try {
    const onWarning = (message: string): void => void warnings.push(message);
    const folder = await openFolder(changedFolder("a", changes), { onWarning });
    const table = new WeightTable(folder.checkpoint, 2 ** 27, "stored");
    modelWeights(table, folder.config);
    table.check();
    const { ids } = (await folder.text).encode(conversation, []);
    return { error: undefined, ids: [...ids], warnings };
  } catch (error) {
    return { error, ids: [], warnings };
  }
}

/** Describes an outcome for a comparison: the class and the message of a typed error. */
export function said({ error, ids }: Outcome): string {
  if (error === undefined) return `scored, ${ids.length} tokens`;
  if (error instanceof RewardError) return String(error);
  return `NOT TYPED ${error instanceof Error ? String(error) : JSON.stringify(error)}`;
}
