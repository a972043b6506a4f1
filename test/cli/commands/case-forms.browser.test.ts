/**
 * Every form of case, from the shell to Chrome and back, against Hugging Face's own answers: ids,
 * scores and all that a head says, within 2e-4 × max(1, |v|).
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectNear, linesOf, type Line } from "../../../testing/golden-lines.ts";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import { callCli } from "../shell.ts";

const ROOT = `${GOLDEN_ROOT}heads/`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-forms-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a golden says of a line, in the names of the output. */
const FIELDS = [
  ["score", "input_ids", "token_values", "read_at", "outputs"],
  ["step_values", "aggregates"],
  ["labels", "label_ids", "probabilities", "expected_level"],
  ["label_mass", "vocabulary_probabilities"],
].flat();

/** Compares the fields that the reference has. */
function compare(got: Line, golden: Line): void {
  for (const field of FIELDS) {
    if (golden[field] !== undefined) expectNear(got[field], golden[field], `${got.id}.${field}`);
  }
  for (const [i, pass] of ((golden["passes"] ?? []) as Line[]).entries()) {
    const own = (got["passes"] as Line[])[i];
    for (const field of ["input_ids", "read_at", "outputs"]) {
      expectNear(own?.[field], pass[field], `${got.id}.passes[${i}].${field}`);
    }
  }
  const answers = (golden["answers"] ?? {}) as Record<string, Line>;
  const branches = (golden["branches"] ?? {}) as Record<string, Line>;
  for (const [name, { probabilities, value }] of Object.entries(answers)) {
    const own = (got["answers"] as Record<string, Line>)[name];
    expectNear([own?.["probabilities"], own?.["value"]], [probabilities, value], name);
    const { input_ids: ids, option_positions: options, decide_position: end } = branches[name]!;
    const branch = (got["branches"] as Record<string, Line>)[name];
    expectNear(branch, { input_ids: ids, read_at: [...(options as number[]), end] }, name);
  }
}

test.each([
  ["inputs with steps", "steps"],
  ["inputs with pictures, for several prompts", "passes"],
  ["state and questions", "pointer"],
])(
  "score --outputs: %s (%s) → exit code 0, and the reference's line",
  async (_, name) => {
    const args = ["--model", `${ROOT}models/${name}`, "--input", `${ROOT}cases/${name}.jsonl`];
    const more = ["--output", `${name}.jsonl`, "--outputs", "--token-values"];
    const { code, out, err } = await callCli(folder, ["score", ...args, ...more]);
    expect([code, out], err).toEqual([0, ""]);
    const lines = linesOf(path.join(folder, `${name}.jsonl`));
    const goldens = linesOf(`${ROOT}golden/${name}.jsonl`);
    expect(lines.map(({ id }) => id)).toEqual(goldens.map(({ id }) => id));
    for (const [i, golden] of goldens.entries()) compare(lines[i]!, golden);
  },
  120_000,
);

test("score: messages with labels, and what the model cannot take → scored, or refused by name", async () => {
  const messages = [{ role: "user", content: "Which?" }];
  const rows = [
    { id: "own", messages, labels: ["no", "yes"] },
    { id: "long", messages, labels: ["no", "two words"] },
    { id: "inputs", inputs: { prompt: "x" } },
    { id: "unknown", messages, labels: ["no", "yes"], label: 1 },
    { id: "twice", messages, labels: ["no", "no"] },
  ];
  const input = path.join(folder, "labels-in.jsonl");
  await writeFile(input, rows.map((row) => JSON.stringify(row)).join("\n"));
  const args = ["score", "--model", `${ROOT}models/labels`, "--input", input];
  const files = ["--output", "labels-out.jsonl", "--errors", "labels-bad.jsonl", "--outputs"];
  const { code, err } = await callCli(folder, [...args, ...files]);
  expect(code, err).toBe(0);
  const golden = linesOf(`${ROOT}golden/labels.jsonl`).find(({ id }) => id === "1")!;
  const [own, unknown] = linesOf(path.join(folder, "labels-out.jsonl"));
  const said = ["score", "outputs", "labels", "label_ids", "probabilities", "expected_level"];
  for (const field of [...said, "label_mass", "vocabulary_probabilities"]) {
    expectNear(own?.[field], golden[field], `own.${field}`);
  }
  // A field that nothing reads is a warning, as in every other row.
  expect([unknown?.id, err]).toEqual(["unknown", expect.stringContaining("label")]);
  const bad = await readFile(path.join(folder, "labels-bad.jsonl"), "utf8");
  expect(bad).toMatch(/"id":"long".*two words.*not one token/);
  expect(bad).toMatch(/"id":"inputs".*no prompt of its own/);
  expect(bad).toMatch(/"id":"twice".*all different/);
}, 120_000);

test("eval and ab: a model that judges steps → the reference's value of each step in the reports", async () => {
  const golden = linesOf(`${ROOT}golden/steps.jsonl`).find(({ id }) => id === "0")!;
  const prompt = "3 + 4?";
  const solution = "3 + 4 = 7.\n\nSo 7.";
  const model = ["--model", `${ROOT}models/steps`, "--resamples", "20", "--quiet"];
  const write = (name: string, row: object): Promise<void> =>
    writeFile(path.join(folder, name), JSON.stringify({ id: "a", prompt, ...row }));
  await write("solutions.jsonl", { chosen: solution, rejected: "8" });
  const pairs = ["--benchmark", "pairs", "solutions.jsonl", "--output", "steps-eval"];
  const evaluated = await callCli(folder, ["eval", ...pairs, ...model]);
  expect(evaluated.code, evaluated.err).toBe(0);
  expect(evaluated.out).toContain("| score by | value |");
  const read = async (name: string): Promise<string> =>
    await readFile(path.join(folder, name), "utf8");
  const { steps } = JSON.parse(await read("steps-eval/report.json")) as {
    steps: { rows: { solutions: { steps: { text: string; value: number }[] }[] }[] };
  };
  const [own, other] = steps.rows[0]!.solutions;
  expect(own?.steps.map(({ text }) => text)).toEqual(["3 + 4 = 7.", "So 7."]);
  expectNear(
    own?.steps.map(({ value }) => value),
    golden["step_values"],
    "steps",
  );
  const { min, product, last } = golden["aggregates"] as Record<string, number>;
  expectNear(own, { ...own, min, product, last }, "sums");
  expect(other?.steps).toHaveLength(1);
  expect(await read("steps-eval/report.html")).toContain("<h2>Steps</h2>");
  // The second call has the kept scores, and the same steps.
  const again = await callCli(folder, ["eval", ...pairs, ...model]);
  expect([again.code, again.out]).toEqual([0, evaluated.out]);

  await write("one.jsonl", { response: solution });
  await write("two.jsonl", { response: "8" });
  const systems = ["ab", "one.jsonl", "two.jsonl", "--output", "steps-ab"];
  const compared = await callCli(folder, [...systems, ...model]);
  expect(compared.code, compared.err).toBe(0);
  const { details } = JSON.parse(await read("steps-ab/report.json")) as {
    details: { answers: { solution?: unknown }[] }[];
  };
  expect(details[0]!.answers[0]!.solution).toEqual(own);
  expect(await read("steps-ab/report.html")).toContain("<td>3 + 4 = 7.</td>");
}, 120_000);
