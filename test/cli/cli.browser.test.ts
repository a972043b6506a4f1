/**
 * The command line as it is called, from the shell to Chrome and back, on the embedded model.
 */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callCli, type Ended } from "./shell.ts";

const model = path.resolve("weights/tiny-vl-reward");
const picture = path.join(model, "samples/01-tallest-bar.png");
// weights/tiny-vl-reward/reference_scores.json, samples, bf16
const reference = { yes: 2.394965648651123, no: -1.6266164779663086 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

const cli = (args: readonly string[], until?: (err: string) => boolean): Promise<Ended> =>
  callCli(folder, args, until);

function conversation(image: string, response: string): Record<string, unknown>[] {
  const question = { type: "text", text: "Is purple the highest value?" };
  return [
    { role: "user", content: [{ type: "image", image }, question] },
    { role: "assistant", content: response },
  ];
}

async function writeCases(name: string, rows: readonly unknown[]): Promise<string> {
  const lines = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row)));
  await writeFile(path.join(folder, name), `${lines.join("\n")}\n`);
  return name;
}

test("score: a file with good and bad rows → every good one scored, every bad one reported", async () => {
  await writeFile(path.join(folder, "here.png"), await readFile(picture));
  await writeFile(path.join(folder, "none.png"), "this is not a picture");
  const input = await writeCases("cases.jsonl", [
    { id: "yes", messages: conversation("here.png", "Yes, purple is the highest.") },
    { id: "empty", messages: [] },
    "{",
    { id: "gone", messages: conversation("gone.png", "Yes.") },
    { id: "none", messages: conversation("none.png", "Yes.") },
    { id: "surrogate", messages: conversation("here.png", "\ud800") },
    { id: "no", messages: conversation(picture, "No, purple is not the highest.") },
  ]);
  const args = ["score", "--input", input, "--output", "s.jsonl", "--errors", "e.jsonl"];
  const { code, out, err } = await cli(args);
  expect([code, out]).toEqual([0, ""]);
  const lines = (await readFile(path.join(folder, "s.jsonl"), "utf8")).trimEnd().split("\n");
  const [yes, no, ...more] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(more).toEqual([]);
  expect(yes).toEqual({ id: "yes", score: expect.any(Number), tokens: expect.any(Number) });
  // 2e-3: the tolerance of the goldens for conversations with pictures.
  expect(Math.abs(Number(yes?.["score"]) - reference.yes)).toBeLessThan(2e-3);
  expect(no?.["id"]).toBe("no");
  expect(Math.abs(Number(no?.["score"]) - reference.no)).toBeLessThan(2e-3);
  const errors = (await readFile(path.join(folder, "e.jsonl"), "utf8")).trimEnd().split("\n");
  expect(errors.map((error) => (JSON.parse(error) as { row: number; id: unknown }).row)).toEqual([
    2, 3, 4, 5, 6,
  ]);
  expect(errors[1]).toContain("is not JSON");
  expect(errors[4]).toContain('"id":"surrogate"');
  expect(err).toMatch(/^adapter: .+$/m);
  expect(err).toMatch(/^kernels: \w+ \(adapter\): matmul .+, attention .+$/m);
  expect(err).toContain("2 scored, 5 failed");
});

test("score: answers typed by hand → ranked, the right one first, only that on stdout", async () => {
  const responses = ["No, purple is not the highest.", "Yes, purple is the highest."];
  const typed = responses.flatMap((response) => ["--response", response]);
  const prompt = ["--prompt", "Is purple the highest value?"];
  const { code, out, err } = await cli(["score", "--image", picture, ...prompt, ...typed]);
  expect([code, err.includes("Error")]).toEqual([0, false]);
  const [first, between, second] = out.trimEnd().split("\n");
  expect(first).toMatch(/^ {2}1 {2}█{24} +\+2\.39\d\d +Yes, purple is the highest\.$/);
  expect(between).toMatch(/P\(better than 2\) = 98\.\d %, margin 4\.02\d$/);
  expect(second).toMatch(/^ {2}2 {2}▏ +-1\.62\d\d +No, purple is not the highest\.$/);
});

test("score: --token-values --quiet → ids and a value for each, the last the score", async () => {
  const input = await writeCases("one.jsonl", [{ id: 7, messages: conversation(picture, "Yes.") }]);
  const { code, out, err } = await cli(["score", "--input", input, "--token-values", "--quiet"]);
  expect([code, err]).toEqual([0, ""]);
  const line = JSON.parse(out) as { tokens: number; input_ids: number[]; token_values: number[] };
  expect(line).toMatchObject({ id: 7, score: line.token_values.at(-1) });
  expect([line.input_ids.length, line.token_values.length]).toEqual([line.tokens, line.tokens]);
});

test("score: a folder that is not a model → an error that names the folder as it was given", async () => {
  const { code, err } = await cli(["score", "--model", folder, "--prompt", "p", "--response", "r"]);
  expect(code).toBe(1);
  expect(err).toMatch(/^(Weights|Input)Error: /m);
  expect(err).toContain(path.basename(folder));
  expect(err).not.toContain("127.0.0.1");
});

test("score: interrupted in mid-run → whole lines, Chrome closed, 130", async () => {
  const rows = Array.from({ length: 4000 }, (_, id) => ({
    id,
    messages: conversation(picture, `Answer ${id}.`),
  }));
  const input = await writeCases("many.jsonl", rows);
  const args = ["score", "--input", input, "--output", "part.jsonl"];
  const { code, err } = await cli(args, (said) => said.includes("scored"));
  expect(code).toBe(130);
  expect(err).toContain("interrupted");
  expect((await readdir(folder)).filter((file) => file.startsWith("puppeteer"))).toEqual([]);
  const text = await readFile(path.join(folder, "part.jsonl"), "utf8");
  expect(text).toMatch(/\n$/);
  const ids = text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { id: number }).id);
  expect(ids.length).toBeLessThan(4000);
  expect(ids).toEqual(ids.map((_, i) => i));
});

test("trace: one conversation → safetensors that verify accepts, and no other file", async () => {
  const messages = conversation(picture, "Yes.");
  const input = await writeCases("traced.jsonl", [{ id: "yes", messages }]);
  const { code } = await cli(["trace", "--input", input, "--output", "t.safetensors", "--quiet"]);
  expect(code).toBe(0);
  const bytes = await readFile(path.join(folder, "t.safetensors"));
  const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString();
  const names = Object.keys(JSON.parse(header) as object);
  for (const name of ["pixel_values", "vision.block.0", "decoder.layer.0", "decoder.norm"]) {
    expect(names).toContain(`yes/${name}`);
  }
  expect((await cli(["verify", "t.safetensors"])).code).toBe(0);
  expect((await readdir(folder)).filter((file) => /^t\..*(body|part)$/.test(file))).toEqual([]);
});
