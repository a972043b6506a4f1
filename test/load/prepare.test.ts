/**
 * Conversations that are refused before anything is decoded: in any form, alone and among others.
 */
import { casesOf, plainPreparation } from "../../testing/preparation.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { DEFAULT_IMAGE_CONFIG } from "../../src/image/config.ts";
import { prepare } from "../../src/load/prepare.ts";
import { parseConfig } from "../../src/model/config.ts";
import { loadTextProcessor } from "../../src/text/text-processor.ts";
import type { Conversation } from "../../src/types.ts";
import { modelFolder } from "../../testing/golden.ts";
import { readJson } from "../../src/files/text-file.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

const source = fileSystemSource(modelFolder("a"));
const config = await parseConfig(await readJson(source, "config.json"));
const text = await loadTextProcessor(source, undefined, config.imageTokenId ?? null);
const common = { config, image: DEFAULT_IMAGE_CONFIG, text, decodedBytes: 0 };
const model = plainPreparation(common);

const good = [
  { role: "user", content: "Why?" },
  { role: "assistant", content: "So." },
];

/** The error of a call with these conversations. */
async function errorOf(...conversations: readonly unknown[]): Promise<unknown> {
  try {
    await prepare(model, casesOf(conversations as Conversation[]));
  } catch (error) {
    return error;
  }
  return undefined;
}

const answered = (...parts: readonly unknown[]): unknown => [
  { role: "user", content: parts },
  { role: "assistant", content: "So." },
];

const malformed: readonly [name: string, conversation: unknown, where: string][] = [
  ["nothing", undefined, ""],
  ["null", null, ""],
  ["a text", "hello", ""],
  ["an object", {}, ""],
  ["no turn", [], ""],
  ["a null message", [null], "[0]"],
  ["a hole", Object.assign([], { length: 1 }), "[0]"],
  ["a message that is a list", [[]], "[0]"],
  ["a message that is a text", ["hi"], "[0]"],
  ["a null message before a good one", [null, ...good], "[0]"],
  ["a null role", [{ role: null, content: "x" }], "[0].role"],
  ["content that is a number", [{ role: "assistant", content: 7 }], "[0].content"],
  ["content that is an object", [{ role: "assistant", content: {} }], "[0].content"],
  ["a null part", answered(null), "[0].content[0]"],
  ["a part that is a number", answered(7), "[0].content[0]"],
  ["a part that is a list", answered([]), "[0].content[0]"],
  ["an empty part", answered({}), "[0].content[0]"],
  ["a null text", answered({ type: "text", text: null }), "[0].content[0].text"],
  ["a text that is a list", answered({ type: "text", text: ["x"] }), "[0].content[0].text"],
  ["a null picture", answered({ type: "image", image: null }), "[0].content[0].image"],
  ["a picture that is a number", answered({ type: "image", image: 7 }), "[0].content[0].image"],
  ["a part of no known type", answered({ type: ["text"], text: "x" }), "[0].content[0]"],
  ["half a surrogate pair", answered({ type: "text", text: "\ud83d" }), "[0].content[0].text"],
  ["the user's turn at the end", [{ role: "user", content: "x" }], "[0].role"],
];

test.each(malformed)("prepare: %s → InputError that names the place", async (_, bad, where) => {
  const alone = await errorOf(bad);
  expect(alone).toBeInstanceOf(InputError);
  expect(String(alone)).toContain(`InputError: messages${where}:`);
  const second = await errorOf(good, bad);
  expect(second).toBeInstanceOf(InputError);
  expect(String(second)).toContain(`InputError: conversations[1].messages${where}:`);
});

test("prepare: any JSON for a conversation → a conversation or an InputError, never another error", async () => {
  const jsonOrMessage = fc.oneof(
    fc.jsonValue(),
    fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: fc.jsonValue() })),
    fc.array(
      fc.record({
        role: fc.constantFrom("user", "assistant"),
        content: fc.array(
          fc.oneof(
            fc.jsonValue(),
            fc.record({ type: fc.constantFrom("text", "image"), text: fc.jsonValue() }),
          ),
        ),
      }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(jsonOrMessage, async (conversation) => {
      const error = await errorOf(good, conversation);
      if (error !== undefined) expect(error).toBeInstanceOf(InputError);
    }),
    { numRuns: 2000, seed: 14 },
  );
});
