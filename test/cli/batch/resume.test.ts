/** A resumed run accepts only results that are unchanged and belong to the same input. */
import {
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  lstat,
  writeFile,
  utimes,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockOutput } from "../../../cli/output/lock.ts";
import { scoreServer, type ScoreServer } from "../../remote/score-server.ts";
import { run } from "../../../testing/cli/run.ts";
import { runWith } from "../../../testing/cli/run.ts";

let folder: string;
let server: ScoreServer;
/** The text of a response at which the server fails as a whole. */
let stopsAt: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-resume-"));
  stopsAt = undefined;
  server = await scoreServer({
    fault: ({ body }) =>
      stopsAt !== undefined && JSON.stringify(body).includes(stopsAt) ? { status: 404 } : undefined,
  });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => path.join(folder, name);
const read = (name: string): Promise<string> => readFile(at(name), "utf8");

function rowOf(i: number, answer = `Answer ${i}.`): unknown {
  const messages = [
    { role: "user", content: `Question ${i}?` },
    { role: "assistant", content: answer },
  ];
  return { id: `row-${i}`, messages };
}

async function writeRows(rows: readonly unknown[]): Promise<void> {
  await writeFile(at("in"), `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
}

const score = (...more: string[]): ReturnType<typeof run> =>
  run(
    "score",
    "--input",
    at("in"),
    "--output",
    at("o"),
    "--backend",
    server.url,
    "--no-probe",
    ...more,
  );

/** Changes a text of a file, which must be there. */
async function forge(name: string, from: RegExp, to: string): Promise<void> {
  const text = await read(name);
  expect(text).toMatch(from);
  await writeFile(at(name), text.replace(from, to));
}

/** A run of 100 rows that stopped somewhere after row 60, and the output of a whole run. */
async function stopped(): Promise<string> {
  const rows = Array.from({ length: 100 }, (_, i) => rowOf(i));
  await writeRows(rows);
  expect((await score()).code).toBe(0);
  const whole = await read("o");
  await rm(at("o"));
  stopsAt = "Answer 99.";
  expect((await score()).code).toBe(1);
  stopsAt = undefined;
  expect((await readdir(folder)).toSorted()).toEqual(["in", "o", "o.unfinished"]);
  return whole;
}

test.each([
  ["a score that is another number", "o", /("row-4","score":)-?[\d.]+/, "$19.75"],
  ["a score that is none", "o", /("row-4","score":)-?[\d.]+/, "$1null"],
  ["a score beyond all numbers", "o", /("row-4","score":)-?[\d.]+/, "$11e400"],
  [
    "a score that is missing",
    "o",
    /,"score":-?[\d.]+,"tokens":(\d+)\}\n\{"id":"row-5/,
    ',"tokens":$1}\n{"id":"row-5',
  ],
  ["a line torn in the middle of the file", "o", /\{"id":"row-4",[^\n]*/, '{"id":"row-4","sc'],
  ["tokens that are others", "o", /("row-4","score":-?[\d.]+,"tokens":)\w+/, "$1999"],
  [
    "an entry of the journal",
    "o.unfinished",
    /("row-4","digest":"\w+","scores":\[)-?[\d.]+/,
    "$19.75",
  ],
])("resume: %s → said, scored again, the output of one run", async (_, file, from, to) => {
  const whole = await stopped();
  await forge(file, from, to);
  const { code, err } = await score();
  expect([code, await read("o")]).toEqual([0, whole]);
  expect(err).toMatch(/in, line 5: .*: scored again, and so are the rows after it/);
  expect(err).toContain("4 done before");
});

test.each([
  ["a score that is none", /("row-4","score":)-?[\d.]+/, "$1null", "has no finite score"],
  ["a score that is a text", /("row-4","score":)-?[\d.]+/, '$1"3"', "has no finite score"],
  ["a line that is not JSON", /\{"id":"row-4",[^\n]*/, '{"id":"row-4","sc', "is not a result"],
  ["an id that is none", /"id":"row-4"/, '"id":null', "is not a result"],
])("--resume of a finished output with %s → said, scored again", async (_, from, to, why) => {
  await writeRows(Array.from({ length: 10 }, (__, i) => rowOf(i)));
  expect((await score()).code).toBe(0);
  const whole = await read("o");
  await forge("o", from, to);
  const { code, err } = await score("--resume");
  expect([code, await read("o")]).toEqual([0, whole]);
  expect(err).toContain(`line 5 ${why}: scored again`);
  expect(await readdir(folder)).toHaveLength(2);
});

test("resume: a row whose text has changed since → scored again, the rows before it are kept", async () => {
  await stopped();
  await writeRows(
    Array.from({ length: 100 }, (_, i) => rowOf(i, i === 30 ? "Another." : undefined)),
  );
  const { code, err } = await score();
  expect(code).toBe(0);
  expect(err).toContain("line 31: the row has changed since it was scored");
  expect(err).toContain("30 done before");
  const clean = await run(
    "score",
    "--input",
    at("in"),
    "--output",
    at("p"),
    "--backend",
    server.url,
  );
  expect([clean.code, await read("p")]).toEqual([0, await read("o")]);
});

test("--resume of a finished output with another input → refused, and nothing is lost by asking twice", async () => {
  await writeRows(Array.from({ length: 10 }, (_, i) => rowOf(i)));
  expect((await score()).code).toBe(0);
  const whole = await read("o");
  await writeRows(Array.from({ length: 10 }, (_, i) => rowOf(i + 1)));
  for (let i = 0; i < 2; i++) {
    const { code, err } = await score("--resume");
    expect([code, err.includes("are not those of this input"), await read("o")]).toEqual([
      1,
      true,
      whole,
    ]);
  }
  await writeRows(Array.from({ length: 5 }, (_, i) => rowOf(i)));
  const { code, err } = await score("--resume");
  expect([code, await read("o")]).toEqual([1, whole]);
  expect(err).toContain("has results of more rows than the input");
});

test("rank --resume: an order that contradicts its scores → reported, ranked again", async () => {
  const messages = [{ role: "user", content: "Which?" }];
  await writeRows([{ id: 1, messages, responses: ["one", "two", "three"] }]);
  const rank = (...more: string[]): ReturnType<typeof run> =>
    run(
      "rank",
      "--input",
      at("in"),
      "--output",
      at("o"),
      "--backend",
      server.url,
      "--no-probe",
      ...more,
    );
  expect((await rank()).code).toBe(0);
  const whole = await read("o");
  const { order } = JSON.parse(whole) as { order: number[] };
  await forge("o", /"order":\[[\d,]+\]/, `"order":${JSON.stringify(order.toReversed())}`);
  const { code, err } = await rank("--resume");
  expect([code, await read("o")]).toEqual([0, whole]);
  expect(err).toContain("has an order that is not the one of its scores");
});

test("two runs on one output → the second refuses and names the owner; the lock of a dead process is replaced", async () => {
  await writeRows([rowOf(0)]);
  const lock = await lockOutput(at("o"));
  const refused = await score();
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(`o: is being written by process ${process.pid}`);
  await symlink(at("o"), at("link"));
  const byLink = await run(
    "score",
    "--input",
    at("in"),
    "--output",
    at("link"),
    "--backend",
    server.url,
  );
  expect(byLink.err).toContain("is being written by");
  await lock.release();
  const { host } = { host: (await import("node:os")).hostname() };
  await writeFile(at("o.lock"), JSON.stringify({ process: 2 ** 22 + 1, host }));
  expect((await score()).code).toBe(0);
  expect((await readdir(folder)).toSorted()).toEqual(["in", "link", "o"]);
  await writeFile(at("o.lock"), JSON.stringify({ process: 1, host: "elsewhere" }));
  expect((await score()).err).toContain("is being written by process 1 on elsewhere");
});

test.each(["", '{"proc', "null"])(
  "lock torn by a kill, %o → refused while it may be written, then replaced",
  async (torn) => {
    await writeRows([rowOf(0)]);
    await writeFile(at("o.lock"), torn);
    expect((await score()).err).toContain("is being written by another run");
    const old = new Date(Date.now() - 60_000);
    await utimes(at("o.lock"), old, old);
    expect((await score()).code).toBe(0);
    expect((await readdir(folder)).toSorted()).toEqual(["in", "o"]);
  },
);

test("--output: a symbolic link → stays, and its target is written", async () => {
  await writeRows([rowOf(0), rowOf(1)]);
  await symlink(at("real"), at("o"));
  expect((await score()).code).toBe(0);
  expect((await lstat(at("o"))).isSymbolicLink()).toBe(true);
  expect((await read("real")).split("\n")).toHaveLength(3);
  expect((await readdir(folder)).toSorted()).toEqual(["in", "o", "real"]);
});

test("eval: a forged score, a torn line, a line of an older format → reported, scored again", async () => {
  const rows = [0, 1, 2].map((i) => ({
    id: i,
    prompt: `p ${i}`,
    chosen: `c ${i}`,
    rejected: `r ${i}`,
  }));
  await writeFile(at("pairs.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const args = [
    "eval",
    "--benchmark",
    "pairs",
    at("pairs.jsonl"),
    "--output",
    at("r"),
    "--resamples",
    "10",
  ];
  const evaluation = (): ReturnType<typeof run> =>
    run(...args, "--backend", server.url, "--no-probe");
  expect((await evaluation()).code).toBe(0);
  const whole = await read("r/scores.jsonl");
  const report = await read("r/report.json");
  await forge("r/scores.jsonl", /("id":"1".*"scores":\[)-?[\d.]+/, "$199");
  const asked = server.requests.length;
  const { code, err } = await evaluation();
  expect([code, err.includes("line 3 is not as it was written: its row is scored again")]).toEqual([
    0,
    true,
  ]);
  expect(server.requests.length - asked).toBeLessThan(6);
  expect((await read("r/scores.jsonl")).split("\n").toSorted()).toEqual(
    whole.split("\n").toSorted(),
  );
  expect(await read("r/report.json")).toBe(report);
  // As a kill leaves it.
  await writeFile(at("r/scores.jsonl"), whole.slice(0, -20));
  expect((await evaluation()).code).toBe(0);
  expect(await read("r/report.json")).toBe(report);
});

test("interrupted in mid-run → 130, nothing counted as failed; the same call completes the file", async () => {
  await writeRows(Array.from({ length: 120 }, (_, i) => rowOf(i)));
  const slow = await scoreServer({ delayMs: 40 });
  const stop = new AbortController();
  const args = ["score", "--input", at("in"), "--output", at("o"), "--backend", slow.url];
  // The first progress: a group is written, the next ones are under way.
  const progress = (): void => stop.abort("interrupted");
  const given = { progress, signal: stop.signal };
  const { code, err: said } = await runWith(given, [...args, "--no-probe"]);
  await slow.close();
  expect([code, said]).toEqual([130, expect.stringMatching(/\d+ scored, 0 failed/)]);
  expect(await readdir(folder)).not.toContain("o.lock");
  const { code: again, err } = await score("--resume");
  // Another server is another judge.
  expect([again, err.includes("a part of another run")]).toEqual([1, true]);
});

test("--output that is the input by another name → refused, the input as it was", async () => {
  await writeRows([rowOf(0)]);
  const before = await read("in");
  await symlink(at("in"), at("o"));
  const { code, err } = await score();
  expect([code, await read("in")]).toEqual([1, before]);
  expect(err).toContain("by another name");
});

test.each(["NaN", "Infinity"])(
  "a server that gives %s → an error, nothing written",
  async (value) => {
    await writeRows([rowOf(0), rowOf(1)]);
    const wrong = await scoreServer({ spoil: (values) => values.map(() => Number(value)) });
    const args = ["--input", at("in"), "--output", at("o"), "--backend", wrong.url, "--no-probe"];
    const { code } = await run("score", ...args);
    await wrong.close();
    expect([code, await read("o")]).toEqual([1, ""]);
  },
);
