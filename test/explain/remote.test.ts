/** Explanations by a server: the same as by a scorer here that gives the same scores. */
import { afterEach, expect, test } from "vitest";
import { explain } from "../../src/explain/explain.ts";
import { RemoteRewardModel } from "../../src/remote/remote-reward-model.ts";
import { scoreServer } from "../remote/score-server.ts";
import type { ScoreServer } from "../remote/score-server.ts";

let server: ScoreServer | undefined;
afterEach(() => server?.close());

const WORDS: Readonly<Record<string, number>> = { red: 2, blue: -1, square: 0.5, small: 0.25 };

/** Each word has its worth; the last message counts, and the question a little. */
function worthOf(messages: unknown): number {
  const turns = messages as readonly { readonly role: string; readonly content: unknown }[];
  return turns.reduce((sum, { role, content }) => {
    // The search for the route sends ids of tokens.
    const words = JSON.stringify(content ?? "").match(/\p{L}+/gu) ?? [];
    const worth = words.reduce((total, word) => total + (WORDS[word] ?? 0), 0);
    return sum + (role === "assistant" ? worth : 0.1 * worth * turns.length);
  }, 0.5);
}

test("explain: a server and a scorer here → the same ranking of units, contrast and verdict", async () => {
  const request = {
    messages: [{ role: "user", content: "Which colour has the small square on the left?" }],
    responses: ["The small square is red.", "The small square there is blue."],
  } as const;
  const local = await explain(
    { score: async (all) => all.map((one) => ({ value: worthOf(one) })) },
    request,
  );
  server = await scoreServer({ scoreOf: worthOf });
  await using remote = await RemoteRewardModel.connect(server.url, { probe: false });
  const far = await explain(remote, request);
  const names = ({ units }: typeof far): string[] =>
    units.map((unit) => (unit.in === "picture" ? "" : `${unit.in} ${unit.start} ${unit.text}`));
  expect(names(far)).toEqual(names(local));
  expect(names(far)[0]).toBe("a 20 red");
  for (const [i, unit] of far.units.entries()) {
    expect(unit.effect).toBeCloseTo(local.units[i]!.effect, 6);
  }
  expect(far.contrast.map(({ a, b }) => [a, b])).toEqual(local.contrast.map(({ a, b }) => [a, b]));
  expect(far.truth.verdict).toBe(local.truth.verdict);
  // A server gives no weights, so its margin is not compared with random heads.
  expect(far.truth.heads).toBeNull();
});
