// Tested by: test/load/prepare.test.ts
/** What prepares conversations for a model with a value head, for tests and benchmarks. */
import type { Case, Preparation } from "../src/load/prepare.ts";
import { onePass } from "../src/model/heads/head.ts";
import type { ConversationInput } from "../src/types.ts";

/** Returns the preparation with the record of a TRL value head. */
export function plainPreparation(
  parts: Omit<Preparation, "reward" | "pictureChoice" | "outputRows">,
): Preparation {
  const reward = onePass(
    { kind: "mlp", layers: [{ name: "v_head.summary" }] },
    {},
    { origin: "value head" },
  );
  return { ...parts, reward, pictureChoice: {}, outputRows: undefined };
}

/** Returns conversations as cases. */
export function casesOf(conversations: readonly ConversationInput[]): Case[] {
  return conversations.map((messages) => ({ messages }));
}
