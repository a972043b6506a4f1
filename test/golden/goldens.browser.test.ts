/**
 * Whole models in a real browser, pictures by its own decoder: the same goldens as in Dawn for
 * Node.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation } from "../../src/types.ts";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { InPage, TestBrowser, TestPage } from "../../testing/browser/browser.ts";
import {
  goldenSets,
  loadCases,
  loadGoldens,
  scoreLimit,
  tokenValueLimit,
} from "../../testing/golden.ts";

/**
 * A few cases of each kind: every format of picture, several pictures, text alone, control tokens,
 * an empty answer.
 */
const CHOSEN = new Set([
  "wide",
  "tiny",
  "two-images",
  "text-only",
  "unicode",
  "empty-answer",
  "whitespace",
  "rotated",
  "alpha",
  "webp",
  "photo",
  "palette",
  "control-text",
  "multi-turn",
]);

let browser: TestBrowser;
let page: TestPage;
let inPage: InPage<typeof import("./score-page.ts")>;

beforeAll(async () => {
  browser = await openTestBrowser();
  page = await browser.openPage();
  inPage = page.module<typeof import("./score-page.ts")>("test/golden/score-page.ts");
});

afterAll(async () => {
  await browser.close();
});

const urlOf = (path: string): string => new URL(`test/golden/${path}`, browser.url).href;

function withUrls(messages: Conversation): Conversation {
  return messages.map((message) => ({
    role: message.role,
    content:
      typeof message.content === "string"
        ? message.content
        : message.content.map((part) =>
            part.type === "image" ? { type: "image", image: urlOf(part.image as string) } : part,
          ),
  }));
}

const sets = goldenSets().filter(
  ({ name, resize }) =>
    ["a", "c", "qwen3", "llama3"].includes(name) && !(name === "a" && resize === "pillow"),
);

for (const set of sets) {
  test(`golden ${set.name} in the browser: chosen cases → ids equal, score and token values within the limit`, async () => {
    const goldens = new Map(loadGoldens(set.golden).map((golden) => [golden.id, golden]));
    const cases = loadCases(set.cases).filter(({ id }) => CHOSEN.has(id) || set.name === "llama3");
    const options: LoadOptions = {
      resizeOn: "gpu",
      ...(set.resize === undefined ? {} : { resize: set.resize }),
    };
    const conversations = cases.map(({ messages }) => withUrls(messages));
    const scores = await inPage.scoreAll(urlOf(`models/${set.name}/`), conversations, options);
    for (const [i, { id }] of cases.entries()) {
      const golden = goldens.get(id);
      const score = scores[i];
      if (!golden || !score) throw new Error(`${id}: no golden or no score`);
      if (golden.inputIds) expect(score.tokenIds, id).toEqual(golden.inputIds);
      expect(Math.abs(score.value - golden.score), id).toBeLessThanOrEqual(scoreLimit(golden));
      for (const [token, value] of golden.tokenValues) {
        const off = Math.abs((score.tokenValues[token] ?? Number.NaN) - value);
        expect(off, `${id}, token ${token}`).toBeLessThanOrEqual(tokenValueLimit(value));
      }
    }
  }, 300_000);
}

test("store in the browser: a model loaded twice → the second time from disk, with the same bits", async () => {
  const conversation: Conversation = [
    { role: "user", content: "What is 3 plus 4?" },
    { role: "assistant", content: "3 plus 4 is 7." },
  ];
  const { values, netBytes, kept } = await inPage.scoreFromStore(
    urlOf("models/qwen3/"),
    conversation,
  );
  expect(values[1]).toBe(values[0]);
  expect(netBytes[0]).toBeGreaterThan(3_000_000);
  expect(netBytes[1]).toBe(0);
  expect(kept).toHaveLength(1);
}, 120_000);

test("load in the browser: no such folder → a WeightsError that names the file", async () => {
  const { name, message } = await inPage.loadError(urlOf("models/nowhere/"));
  expect(name).toBe("WeightsError");
  expect(message).toContain("config.json");
  page.takeErrors();
});
