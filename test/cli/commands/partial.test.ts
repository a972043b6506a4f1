/**
 * `eval` and `ab` if some rows cannot be scored: failed, no accuracy, unless --partial asks for it.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scoreServer, type ScoreServer } from "../../remote/score-server.ts";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
let server: ScoreServer;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-partial-"));
  server = await scoreServer();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
const at = (name: string): string => path.join(folder, name);
const common = (): string[] => [
  "--output",
  at("r"),
  "--resamples",
  "10",
  "--backend",
  server.url,
  "--no-probe",
];

/** Requests that ask for scores. */
const scored = (): number =>
  server.requests.filter(({ body }) => JSON.stringify(body ?? "").includes("messages")).length;

async function writeRows(name: string, rows: readonly unknown[]): Promise<string> {
  await writeFile(at(name), rows.map((row) => JSON.stringify(row)).join("\n"));
  return at(name);
}

const pair = (id: number, image?: string): unknown => ({
  id,
  prompt: `p ${id}`,
  chosen: `c ${id}`,
  rejected: `r ${id}`,
  ...(image === undefined ? {} : { image }),
});

test("eval: 2 of 5 pictures are missing → exit code 1, how many, why, and no accuracy anywhere", async () => {
  const rows = [0, 1, 2]
    .map((id) => pair(id))
    .concat([pair(3, "gone.png"), pair(4, "gone-too.png")]);
  const file = await writeRows("pairs.jsonl", rows);
  const evaluation = (...more: string[]) =>
    run("eval", "--benchmark", "pairs", file, ...common(), ...more);
  const { code, out, err } = await evaluation();
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("there is no report: 2 of 5 rows could not be scored");
  expect(err).toContain("gone.png: there is no such file");
  expect(err).not.toMatch(/Overall|%\s*\|/);
  expect((await readdir(at("r"))).toSorted()).toEqual(["errors.jsonl", "scores.jsonl"]);
  expect((await readFile(at("r/errors.jsonl"), "utf8")).trimEnd().split("\n")).toHaveLength(2);

  const asked = scored();
  const part = await evaluation("--partial");
  expect(part.code).toBe(1);
  expect(part.out).toContain("**Only 3 of 5 rows have scores: these numbers are of those alone.**");
  expect(part.out.indexOf("Only 3 of 5")).toBeLessThan(part.out.indexOf("Overall"));
  expect(await readFile(at("r/report.html"), "utf8")).toContain("Only 3 of 5 rows have scores");
  expect(scored()).toBe(asked);

  // Without --partial the report of before does not stay as if it were this call's.
  expect((await evaluation()).code).toBe(1);
  expect(await readdir(at("r"))).not.toContain("report.html");
  await writeRows(
    "pairs.jsonl",
    [0, 1, 2, 3, 4].map((id) => pair(id)),
  );
  const mended = await evaluation();
  expect([mended.code, mended.out.includes("Only")], mended.err).toEqual([0, false]);
});

test("ab: a prompt that cannot be scored → exit code 1 and no win rate, but with --partial", async () => {
  const answer = (id: number, response: string): unknown => ({
    id,
    prompt: `p ${id}`,
    response,
    ...(id === 2 ? { image: "gone.png" } : {}),
  });
  const files = [
    await writeRows(
      "a.jsonl",
      [0, 1, 2].map((id) => answer(id, `a ${id}`)),
    ),
    await writeRows(
      "b.jsonl",
      [0, 1, 2].map((id) => answer(id, `b ${id}`)),
    ),
  ];
  const { code, out, err } = await run("ab", ...files, ...common());
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("there is no report: 1 of 3 rows could not be scored");
  const part = await run("ab", ...files, ...common(), "--partial");
  expect([part.code, part.out.includes("1 prompts could not be scored")]).toEqual([1, true]);
});

test("ab: scores in some lines alone → a warning that they are not used", async () => {
  const files = [
    await writeRows("a.jsonl", [
      { id: 0, prompt: "p", response: "x", score: 1 },
      { id: 1, prompt: "q", response: "y" },
    ]),
    await writeRows("b.jsonl", [
      { id: 0, prompt: "p", response: "z", score: 2 },
      { id: 1, prompt: "q", response: "w" },
    ]),
  ];
  const { code, err } = await run("ab", ...files, ...common());
  expect([code, err.includes("1 of 2 prompts have a score in every file")]).toEqual([0, true]);
});

test("ab: HTML, links, cells and a terminal's codes in names and categories → shown, not obeyed", async () => {
  const answer = (score: number): unknown => ({
    id: 1,
    prompt: "p",
    response: "r",
    score,
    category: "a|b <img src=x> [l](http://x) \u001b[2J\nnew",
  });
  const second = (score: number): unknown => ({
    id: 2,
    prompt: "p",
    response: "r",
    score,
    category: "b",
  });
  const files = [
    await writeRows("a.jsonl", [answer(1), second(1)]),
    await writeRows("b.jsonl", [answer(2), second(3)]),
  ];
  const how = ["--output", at("r"), "--resamples", "10", "--name", "<b>x</b>", "--name", "y|z"];
  const { code, out } = await run("ab", ...files, ...how);
  expect(code).toBe(0);
  const markdown = await readFile(at("r/report.md"), "utf8");
  for (const text of [out, markdown]) {
    expect(text).not.toMatch(/<(?:img|b)\b|\[2J\n|[^\\]\[l\]/);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/\u001b/);
  }
  expect(markdown).toContain("a\\|b &lt;img src=x> \\[l\\](http://x)");
});

test.each([
  [
    ["eval", "--benchmark", "pairs", "f", "--output", "o", "--scores", "s", "--weights", "q8"],
    "--weights does not go with --scores",
  ],
  [
    ["eval", "--benchmark", "pairs", "f", "--output", "o", "--scores-name", "n"],
    "--scores-name goes with --scores",
  ],
  [
    ["score", "--input", "f", "--backend", "http://h", "--weights", "q8"],
    "--weights does not go with --backend",
  ],
  [["score", "--input", "f", "--image-host", "h:80"], "--image-host takes the name of a host"],
  [
    ["pairs", "--input", "-", "--scores", "-", "--format", "trl", "--output", "o"],
    "cannot both be stdin",
  ],
])("vl-reward %j → exit code 2: no option is ignored", async (args, why) => {
  await writeRows("f", [pair(1)]);
  const { code, err } = await run(...args.map((one) => (one === "f" ? at("f") : one)));
  expect([code, err.includes(why)], err).toEqual([2, true]);
});

test.each([
  ["1e400", "JSON gives back as it was"],
  ["9007199254740993", "JSON gives back as it was"],
  ["[1]", "a text"],
])("eval: an id of %s → the row is named, not read as another id", async (id, why) => {
  await writeFile(at("p"), `{"id":${id},"prompt":"p","chosen":"a","rejected":"b"}\n`);
  const { code, err } = await run("eval", "--benchmark", "pairs", at("p"), ...common());
  expect([code, err.includes(why)], err).toEqual([1, true]);
});
