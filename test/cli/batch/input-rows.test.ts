/**
 * Inputs in every form: JSON lines, a JSON array, CSV, TSV, parquet. The same rows give the same
 * requests and the same results, and ids come from rows, from benchmarks' names or from lines.
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { scoreServer, type ScoreServer } from "../../remote/score-server.ts";
import { run } from "../../../testing/cli/run.ts";

let root: string;
let folder: string;
let server: ScoreServer;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "vl-reward-inputs-"));
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, "case-"));
  server = await scoreServer();
});
afterEach(() => server.close());
afterAll(() => rm(root, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

type Line = Readonly<Record<string, unknown>>;

async function lines(name: string): Promise<Line[]> {
  const text = await readFile(at(name), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

/** Runs score or rank on a file, and returns its lines. */
async function results(command: string, name: string, ...more: string[]): Promise<Line[]> {
  const args = [command, "--input", at(name), "--output", at("out"), "--backend", server.url];
  const { code, err } = await run(...args, "--errors", at("errors"), ...more);
  expect(code, err).toBe(0);
  const written = await lines("out");
  await rm(at("out"));
  return written;
}

/** What the server was asked about, without its probe. */
const asked = (): string[] =>
  server.requests
    .map(({ body }) => JSON.stringify(body["messages"]) ?? "")
    .filter((text) => text.includes("Why"));

const rows = [
  { id: "a", prompt: 'Why "this", and\nthat?', response: "So." },
  { id: "b", prompt: "Why あ?", response: "Because, 🙂." },
  { id: "c", prompt: "Why =1+1?", response: "2" },
];

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function table(delimiter: string): string {
  const cells = rows.map((row) => Object.values(row).map(quoted).join(delimiter));
  return `\ufeff${["id", "prompt", "response"].join(delimiter)}\r\n${cells.join("\r\n")}\r\n`;
}

const forms: Readonly<Record<string, string>> = {
  "rows.csv": table(","),
  "rows.TSV": table("\t"),
  "rows.json": JSON.stringify(rows, undefined, 2),
  "compact.jsonl": JSON.stringify(rows),
  "lines.csv": rows.map((row) => JSON.stringify(row)).join("\n"),
};

test.each(Object.keys(forms))("score %s → the requests and results of JSON lines", async (name) => {
  await writeFile(at("rows.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const wanted = await results("score", "rows.jsonl");
  const requests = asked();
  expect(wanted.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(requests).toHaveLength(3);
  await writeFile(at(name), forms[name] ?? "");
  expect(await results("score", name)).toEqual(wanted);
  expect(asked().slice(3)).toEqual(requests);
});

test("rank rows.csv with response_1, response_2 → a ranking a row; pairs takes the same file", async () => {
  const head = "question_id,prompt,response_1,response_2\n";
  await writeFile(at("rows.csv"), `${head}7,Why?,Yes.,No.\n8,Why not?,No.,Perhaps.\n`);
  const ranked = await results("rank", "rows.csv");
  expect(ranked.map(({ id, scores }) => [id, (scores as unknown[]).length])).toEqual([
    ["7", 2],
    ["8", 2],
  ]);
  await writeFile(at("scores"), ranked.map((line) => JSON.stringify(line)).join("\n"));
  const given = ["--input", at("rows.csv"), "--scores", at("scores"), "--format", "trl"];
  expect((await run("pairs", ...given, "--output", at("pairs"))).code).toBe(0);
  const pairs = await lines("pairs/pairs.jsonl");
  expect(pairs.map(({ vl_reward: own }) => (own as Line)["id"])).toEqual(["7", "8"]);
});

test("a parquet file with pictures inside → sent as bytes; paths and texts as they are", async () => {
  for (const name of ["struct", "struct-list", "bytes-other-name"]) {
    const file = `test/rows/golden/${name}.parquet`;
    await copyFile(file, at(`${name}.parquet`));
    await results("rank", `${name}.parquet`, "--id-from-line");
    const failed = await readFile(at("errors"), "utf8");
    expect(failed, name).toBe("");
    const sent = server.requests.map(({ body }) => JSON.stringify(body));
    expect(sent.some((text) => text.includes("data:image/png;base64,iVBOR"))).toBe(true);
  }
});

test("a table's row whose picture changed → no result of the earlier run is kept", async () => {
  const csv = (text: string): string => `id,prompt,response\n1,Why?,${text}\n2,Why not?,No.\n`;
  await writeFile(at("rows.csv"), csv("Yes."));
  const args = ["score", "--input", at("rows.csv"), "--output", at("o"), "--backend", server.url];
  expect((await run(...args)).code).toBe(0);
  const before = asked().length;
  const again = await run(...args, "--resume");
  expect([again.code, asked().length], again.err).toEqual([0, before]);
  expect(again.err).toContain("0 scored, 0 failed, 2 done before");
});

test("bad rows of a table → each by its number, the others are scored; shards count rows", async () => {
  await writeFile(
    at("rows.csv"),
    "id,prompt,response\n1,Why?,Yes.\n2,Why?\n3,Why me?,No.\n1,Why?,So.\n",
  );
  const written = await results("score", "rows.csv");
  expect(written.map(({ id }) => id)).toEqual(["1", "3"]);
  const errors = await lines("errors");
  expect(errors.map(({ row, id }) => [row, id])).toEqual([
    [2, null],
    [4, "1"],
  ]);
  expect(errors[0]?.["reason"]).toMatch(/rows\.csv, row 2: cells: expected 3, got 2/);
  expect(errors[1]?.["reason"]).toMatch(/the id "1" is that of row 1 already/);
  const second = await results("score", "rows.csv", "--shard", "2/2");
  expect(second.map(({ id }) => id)).toEqual(["1", "3"]);
  expect(await results("score", "rows.csv", "--shard", "1/2")).toEqual([]);
  expect(await lines("errors")).toHaveLength(2);
});

test.each(["rows.jsonl", "rows.csv"])(
  "%s without ids → named; --id-from-line → the numbers",
  async (name) => {
    const isTable = name.endsWith(".csv");
    const own = [
      { prompt: "Why?", response: "A." },
      { prompt: "Why not?", response: "B." },
    ];
    const text = isTable
      ? "prompt,response\nWhy?,A.\nWhy not?,B.\n"
      : `${JSON.stringify(own[0])}\n\n${JSON.stringify(own[1])}\n`;
    await writeFile(at(name), text);
    const args = ["score", "--input", at(name), "--output", at("o"), "--backend", server.url];
    const { code, err } = await run(...args);
    expect(code).toBe(1);
    expect(err).toMatch(/(?:line|row) 1: has no id: .* or all of them by --id-from-line/);
    const written = await results("score", name, "--id-from-line");
    expect(written.map(({ id }) => id)).toEqual(isTable ? [1, 2] : [1, 3]);
  },
);

test("--id-from-line beside an own id that is the same → the row that repeats it is named", async () => {
  const line = (row: object): string => JSON.stringify({ prompt: "Why?", response: "A.", ...row });
  await writeFile(at("rows.jsonl"), [line({ id: 2 }), line({})].join("\n"));
  const written = await results("score", "rows.jsonl", "--id-from-line");
  expect(written.map(({ id }) => id)).toEqual([2]);
  expect((await lines("errors"))[0]?.["reason"]).toMatch(/the id 2 is that of line 1 already/);
});

test("a file of no form → one error that names the forms", async () => {
  await writeFile(at("rows.json"), "[{]");
  await writeFile(at("text.txt"), "hello\n");
  for (const name of ["rows.json", "text.txt"]) {
    const args = ["score", "--input", at(name), "--output", at("o"), "--backend", server.url];
    const { code, err } = await run(...args);
    expect(code).toBe(1);
    expect(err).toMatch(/is not JSON .*(?:parquet|CSV)/);
  }
});
