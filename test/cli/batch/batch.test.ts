/**
 * Batches from a file to a file: shards, kills, errors, order. A server replaces the engine,
 * so that a run takes milliseconds; the command line is the real one.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { repeatedIds } from "../../../cli/batch/batch-ids.ts";
import { parseShard } from "../../../cli/batch/batch-rows.ts";
import { openInput } from "../../../cli/batch/input-rows.ts";
import { hashScore, scoreServer, type ScoreServer } from "../../remote/score-server.ts";
import { run } from "../../../testing/cli/run.ts";

let root: string;
let folder: string;
let server: ScoreServer | undefined;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "vl-reward-batch-"));
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, "case-"));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => rm(root, { recursive: true }));

function at(name: string): string {
  return path.join(folder, name);
}

const messagesOf = (i: number): { role: string; content: string }[] => [
  { role: "user", content: `Question ${Math.floor(i / 8)}?` },
  { role: "assistant", content: `Answer ${i}.` },
];

async function writeRows(count: number, bad: Record<number, unknown> = {}): Promise<string> {
  const rows = Array.from(
    { length: count },
    (_, i) => bad[i] ?? { id: `row-${i}`, messages: messagesOf(i) },
  );
  const lines = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row)));
  await writeFile(at("in.jsonl"), `${lines.join("\n")}\n`);
  return at("in.jsonl");
}

async function readLines(name: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(at(name), "utf8");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Counts the requests for each conversation, without those of the probe. */
function askedFor(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of server?.requests ?? []) {
    const key = JSON.stringify(body["messages"]);
    if (key?.includes("Answer")) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const ids = (lines: readonly Record<string, unknown>[]): unknown[] => lines.map(({ id }) => id);

test("score --backend: 200 rows → a line each, in order, the server's raw scores", async () => {
  server = await scoreServer();
  const input = await writeRows(200);
  const args = ["score", "--input", input, "--output", at("o"), "--backend", server.url];
  const { code, err } = await run(...args);
  expect(code, err).toBe(0);
  const lines = await readLines("o");
  expect(ids(lines)).toEqual(Array.from({ length: 200 }, (_, i) => `row-${i}`));
  for (const [i, line] of lines.entries()) {
    expect(line["score"]).toBeCloseTo(hashScore(messagesOf(i)), 6);
  }
  expect(err).toMatch(/200 scored, 0 failed/);
  expect((await readdir(folder)).toSorted()).toEqual(["in.jsonl", "o"]);
});

test("--shard: counted from 0 and from 1 → each row in exactly one part", async () => {
  server = await scoreServer();
  const input = await writeRows(50);
  const part = async (shard: string): Promise<unknown[]> => {
    const out = shard.replace("/", "of");
    const args = ["score", "--input", input, "--output", at(out), "--shard", shard];
    expect((await run(...args, "--backend", server?.url ?? "")).code).toBe(0);
    return ids(await readLines(out));
  };
  const parts = new Map<string, unknown[]>();
  for (const shard of ["0/3", "1/3", "2/3", "3/3"]) parts.set(shard, await part(shard));
  expect(parts.get("3/3")).toEqual(parts.get("0/3"));
  parts.delete("3/3");
  const all = [...parts.values()].flat();
  expect([all.length, new Set(all).size]).toEqual([50, 50]);
  expect(parts.get("1/3")?.[0]).toBe("row-1");
  for (const wrong of ["4/3", "1", "a/b", "-1/3", "0/0"]) {
    expect(() => parseShard(wrong), wrong).toThrow("--shard takes i/n");
  }
});

test("bad rows without --errors → the first stops the run with code 1; after a repair the run continues", async () => {
  server = await scoreServer();
  const input = await writeRows(30, { 20: { id: "row-20", messages: [] } });
  const args = ["score", "--input", input, "--output", at("o"), "--backend", server.url];
  const stopped = await run(...args);
  expect(stopped.code).toBe(1);
  expect(stopped.err).toContain(`${input}, line 21, messages: the conversation is`);
  expect(ids(await readLines("o"))).toEqual(Array.from({ length: 20 }, (_, i) => `row-${i}`));
  await writeRows(30);
  const done = await run(...args);
  expect(done.code, done.err).toBe(0);
  expect(done.err).toContain("10 scored, 0 failed, 20 done before");
  expect(ids(await readLines("o"))).toEqual(Array.from({ length: 30 }, (_, i) => `row-${i}`));
  const asked = askedFor();
  for (let i = 0; i < 20; i++) expect(asked.get(JSON.stringify(messagesOf(i))), `${i}`).toBe(1);
});

test("--errors: rows of every kind of fault → row, id, reason; the others scored", async () => {
  server = await scoreServer({
    fault: ({ body }) =>
      JSON.stringify(body).includes("Answer 7.")
        ? { status: 400, text: '{"error": {"message": "maximum context length is 5 tokens"}}' }
        : undefined,
  });
  const input = await writeRows(12, {
    1: "{",
    2: { messages: [] },
    3: { id: "row-3", messages: [{ role: "user", content: "no answer" }] },
    4: { id: "row-4", messages: messagesOf(4).map((m) => ({ ...m, content: "\ud800" })) },
    5: {
      id: "row-5",
      messages: [
        { role: "user", content: [{ type: "image", image: "gone.png" }] },
        { role: "assistant", content: "Yes." },
      ],
    },
    9: "",
  });
  const args = ["score", "--input", input, "--output", at("o"), "--backend", server.url];
  const { code, err } = await run(...args, "--errors", at("e"));
  expect(code, err).toBe(0);
  expect(ids(await readLines("o"))).toEqual(["row-0", "row-6", "row-8", "row-10", "row-11"]);
  const errors = await readLines("e");
  expect(errors.map(({ row, id }) => [row, id])).toEqual([
    [2, null],
    [3, null],
    [4, "row-3"],
    [5, "row-4"],
    [6, "row-5"],
    [8, "row-7"],
  ]);
  const reasons = errors.map(({ reason }) => String(reason));
  for (const [i, why] of [
    "is not JSON",
    "has no id",
    "the last turn is not the assistant's",
    "half a surrogate pair",
    "there is no such file",
    "maximum context length is 5 tokens",
  ].entries()) {
    expect(reasons[i]).toContain(why);
  }
  expect(err).toContain(`5 scored, 6 failed (see ${at("e")})`);
});

test("duplicate ids → refused before anything is written, both lines named", async () => {
  server = await scoreServer();
  const input = await writeRows(40, { 33: { id: "row-4", messages: messagesOf(1) } });
  const args = ["score", "--input", input, "--output", at("o"), "--backend", server.url];
  const { code, err } = await run(...args);
  expect(code).toBe(1);
  expect(err).toContain(`${input}, line 34: the id "row-4" is that of line 5 already`);
  expect([server.requests.length, await readdir(folder)]).toEqual([0, ["in.jsonl"]]);
});

test("duplicate ids: a table too small for the file → more readings, the same answer", async () => {
  const rows = Array.from({ length: 600 }, (_, i) => JSON.stringify({ id: i }));
  await writeFile(at("in.jsonl"), rows.join("\n"));
  const { signal } = new AbortController();
  const input = await openInput(at("in.jsonl"), { wanted: "", idFromLine: false });
  expect((await repeatedIds(input, signal, 100)).size).toBe(0);
  await appendFile(at("in.jsonl"), '\n{"id": "599"}\n{"id": 234}\n');
  const repeated = await repeatedIds(input, signal, 100);
  expect([...repeated.keys()]).toEqual([602]);
  expect(repeated.get(602)?.message).toContain("line 602: the id 234 is that of line 235 already");
});

test("resume: output of another input, shard or model → refused, nothing touched", async () => {
  server = await scoreServer({
    fault: ({ body }) =>
      JSON.stringify(body).includes("Answer 200.") ? { status: 404 } : undefined,
  });
  const input = await writeRows(300);
  const args = ["score", "--input", input, "--output", at("o"), "--backend", server.url];
  expect((await run(...args)).code).toBe(1);
  const before = await readFile(at("o"), "utf8");
  const other = await run(...args, "--shard", "0/2");
  expect([other.code, other.err]).toEqual([1, expect.stringContaining("a part of another run")]);
  expect(await readFile(at("o"), "utf8")).toBe(before);
  await rm(at("o.unfinished"));
  const foreign = await run(...args, "--resume", "--shard", "1/2");
  expect(foreign.code).toBe(1);
  expect(foreign.err).toContain("are not those of this input");
  expect(await readFile(at("o"), "utf8")).toBe(before);
});

test("resume: a finished output → scored again; with --resume → nothing to do", async () => {
  server = await scoreServer();
  const input = await writeRows(10);
  const args = ["score", "--input", input, "--output", at("o"), "--backend", server.url];
  for (let i = 0; i < 2; i++) expect((await run(...args)).code).toBe(0);
  expect(new Set(askedFor().values())).toEqual(new Set([2]));
  const asked = server.requests.length;
  const again = await run(...args, "--resume");
  expect([again.code, server.requests.length]).toEqual([0, asked]);
  expect(again.err).toContain("0 scored, 0 failed, 10 done before");
  expect(await readLines("o")).toHaveLength(10);
});

test("resume: a torn last line in both files → cut off, no line lost or doubled", async () => {
  server = await scoreServer();
  const input = await writeRows(20, { 3: "{", 11: "{" });
  const args = ["score", "--input", input, "--output", at("o"), "--backend", server.url];
  const full = [...args, "--errors", at("e"), "--resume"];
  expect((await run(...full)).code).toBe(0);
  const [wholeOutput, wholeErrors] = [await readLines("o"), await readLines("e")];
  const [o, e] = await Promise.all([readFile(at("o"), "utf8"), readFile(at("e"), "utf8")]);
  // As a kill leaves them: the output ends inside row 9's line, before row 11's error.
  const ninth = o.indexOf('{"id":"row-9"');
  await writeFile(at("o"), o.slice(0, ninth + 8));
  await writeFile(at("e"), e.slice(0, e.indexOf("\n") + 1 + 5));
  expect((await run(...full)).code).toBe(0);
  expect([await readLines("o"), await readLines("e")]).toEqual([wholeOutput, wholeErrors]);
});

/** Runs the command line as a process and kills it when the output has `bytes` bytes. */
async function killAt(args: readonly string[], output: string, bytes: number): Promise<number> {
  const script = path.resolve("tools/run.mjs");
  const child = spawn(process.execPath, [script, "cli", ...args], { stdio: "ignore" });
  const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
  const timer = setInterval(() => {
    readFile(output).then(
      (text) => text.length >= bytes && child.kill("SIGKILL"),
      () => {},
    );
  }, 2);
  const code = await ended;
  clearInterval(timer);
  return code;
}

test("kill -9 twice in 600 rows → the same call continues: the file of an uninterrupted run", async () => {
  server = await scoreServer({ delayMs: 2 });
  const input = await writeRows(600, { 100: "{" });
  const args = ["score", "--input", input, "--output", at("o"), "--errors", at("e")];
  const call = [...args, "--backend", server.url];
  expect(await killAt(call, at("o"), 5_000)).toBe(-1);
  expect(await killAt(call, at("o"), 15_000)).toBe(-1);
  expect(await readdir(folder)).toContain("o.unfinished");
  expect(await killAt(call, at("o"), Infinity)).toBe(0);
  const lines = await readLines("o");
  expect(ids(lines)).toEqual(
    Array.from({ length: 600 }, (_, i) => `row-${i}`).filter((_, i) => i !== 100),
  );
  expect(await readLines("e")).toHaveLength(1);
  expect(await readdir(folder)).not.toContain("o.unfinished");
  const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
  const torn = digest(await readFile(at("o"), "utf8"));
  expect((await run(...args.with(4, at("whole")), "--backend", server.url)).code).toBe(0);
  expect(digest(await readFile(at("whole"), "utf8"))).toBe(torn);
}, 120_000);
