/** `vl-reward rank` from a file to a file, against a server. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { scoreServer, type ScoreServer } from "../../remote/score-server.ts";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
let server: ScoreServer | undefined;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-rank-"));
});
afterEach(() => server?.close());
afterAll(() => rm(folder, { recursive: true }));

async function rank(
  rows: readonly unknown[],
  ...more: string[]
): Promise<{ code: number; err: string; lines: unknown[] }> {
  const [input, output] = [path.join(folder, "in.jsonl"), path.join(folder, "out.jsonl")];
  await writeFile(input, rows.map((row) => JSON.stringify(row)).join("\n"));
  await rm(output, { force: true });
  // The score is the number that the response spells.
  server = await scoreServer({
    scoreOf: (messages) => Number((messages as { content: string }[]).at(-1)?.content) || 0.25,
  });
  const args = ["rank", "--input", input, "--output", output, "--backend", server.url, ...more];
  const { code, err } = await run(...args);
  const text = await readFile(output, "utf8").catch(() => "");
  const lines = text.split("\n").filter(Boolean);
  return { code, err, lines: lines.map((line) => JSON.parse(line) as unknown) };
}

const prompt = [{ role: "user", content: "How much?" }];

test("rank: four responses, two of them tie → order, places, margins, probabilities", async () => {
  // The probe's conversations spell no numbers; without it, as all of them score 0.25.
  const rows = [
    { id: "a", messages: prompt, responses: ["1", "3", "-2", "3"] },
    { id: 2, messages: prompt, responses: ["5"] },
  ];
  const { code, err, lines } = await rank(rows, "--no-probe", "--temperature", "2");
  expect(code, err).toBe(0);
  const sigma = (margin: number): number =>
    Number((1 / (1 + Math.exp(-margin / 2))).toPrecision(9));
  expect(lines).toEqual([
    {
      id: "a",
      scores: [1, 3, -2, 3],
      order: [1, 3, 0, 2],
      places: [1, 1, 3, 4],
      margins: [0, 2, 3],
      probabilities: [0.5, sigma(2), sigma(3)],
      tokens: [7, 7, 7, 7],
      model: "judge",
    },
    {
      id: 2,
      scores: [5],
      order: [0],
      places: [1],
      margins: [],
      probabilities: [],
      tokens: [7],
      model: "judge",
    },
  ]);
});

test("rank: a server whose model the call names → each line has it", async () => {
  const rows = [{ id: "a", messages: prompt, responses: ["1", "3"] }];
  const { lines, err } = await rank(rows, "--no-probe", "--backend-model", "judge");
  expect(lines, err).toMatchObject([{ model: "judge", scores: [1, 3] }]);
});

test.each([
  [{ id: 1, messages: prompt }, "has no responses"],
  [{ id: 1, messages: prompt, responses: [] }, "field responses: expected one or more responses"],
  [
    { id: 1, messages: prompt, responses: ["a", 3] },
    "responses[1]: expected { role, content }, got a number",
  ],
  [{ id: 1, responses: ["a"] }, "field messages: expected messages, or a prompt"],
  [{ id: 1, messages: [{ role: 7, content: "x" }], responses: ["a"] }, "messages[0].role"],
])("rank: row %j → exit code 1 and why", async (row, why) => {
  const { code, err, lines } = await rank([row], "--no-probe");
  expect([code, lines]).toEqual([1, []]);
  expect(err).toContain("line 1");
  expect(err).toContain(why);
});

test("rank: --temperature 0 → wrong use", async () => {
  const { code, err } = await rank([], "--temperature", "0");
  expect([code, err]).toEqual([2, expect.stringContaining("--temperature takes a number above 0")]);
});
