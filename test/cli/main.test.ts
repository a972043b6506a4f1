/**
 * The command line without an engine: help, wrong use, verify, and what is drawn and written.
 */

import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../../cli/main.ts";
import { batchLine, loadingLine } from "../../cli/output/progress.ts";
import { drawRanking } from "../../cli/output/ranking.ts";
import { run } from "../../testing/cli/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-main-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  [[], "no command given"],
  [["sing"], "there is no command sing"],
  [["score"], "--input is missing"],
  [["score", "--inptu", "x"], "Unknown option '--inptu'"],
  [["score", "x.jsonl"], "Unexpected argument 'x.jsonl'"],
  [["score", "--input"], "Option '--input <value>' argument missing"],
  [["score", "--input", "a", "--weights", "q5"], "--weights takes stored, q8, q4; got q5"],
  [["score", "--input", "a", "--residency", "x"], "--residency takes auto, resident, streamed"],
  [["score", "--input", "a", "--adapter", "x"], "--adapter takes auto, hardware, driver"],
  [["score", "--input", "a", "--model", ""], "--model is empty"],
  [["score", "--input", "./a", "--output", "a"], "--output is the file of --input"],
  [["score", "--prompt", "p"], "--response is missing"],
  [["score", "--image", "p.png", "--response", "r"], "--prompt is missing"],
  [["score", "--prompt", "p", "--response", "r", "--input", "a"], "--input does not go with"],
  [["trace", "--input", "a"], "--output is missing"],
  [["verify"], "no file given"],
  [["verify", "--fast", "x"], "Unknown option '--fast'"],
])("vl-reward %j → exit code 2 and why, nothing on stdout", async (argv, why) => {
  const { code, out, err } = await run(...argv);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(why);
});

test.each([
  [["--help"], "Usage: vl-reward COMMAND"],
  [["score", "--help"], "--token-values"],
  [["trace", "-h"], "vision.block.<i>"],
  [["verify", "--help"], "--json"],
  [["--version"], /^\d+\.\d+\.\d+$/],
])("vl-reward %j → exit code 0 and the text on stdout", async (argv, text) => {
  const { code, out, err } = await run(...argv);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(text);
});

test.each([
  [["score", "--input", "gone.jsonl"], "InputError: gone.jsonl: there is no such file"],
  [["trace", "--input", "gone", "--output", "x"], "InputError: gone: there is no such file"],
  [
    ["score", "--model", "./gone", "--prompt", "p", "--response", "r"],
    "InputError: --model ./gone: there is no such folder",
  ],
  [
    ["score", "--model", "package.json", "--prompt", "p", "--response", "r"],
    "InputError: --model package.json: is a file",
  ],
])("vl-reward %j → exit code 1 and one of the four errors", async (argv, why) => {
  const { code, err } = await run(...argv);
  expect(code).toBe(1);
  expect(err).toContain(why);
});

/** Safetensors of one F32 tensor. */
function safetensors(name: string, shape: number[]): Buffer {
  const byteLength = 4 * shape.reduce((a, b) => a * b, 1);
  const header = Buffer.from(
    JSON.stringify({ [name]: { dtype: "F32", shape, data_offsets: [0, byteLength] } }),
  );
  const begin = Buffer.alloc(8);
  begin.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([begin, header, Buffer.alloc(byteLength)]);
}

test("verify: a whole file, a cut one, none → one line each, exit code 1", async () => {
  const [good, cut] = [path.join(folder, "good.safetensors"), path.join(folder, "cut.safetensors")];
  await writeFile(good, safetensors("a", [2, 3]));
  await writeFile(cut, safetensors("a", [2, 3]));
  await truncate(cut, 50);
  expect(await run("verify", good)).toEqual({
    code: 0,
    out: JSON.stringify({ file: good, ok: true, error: null }),
    err: "",
  });
  const gone = path.join(folder, "gone.safetensors");
  const { code, out } = await run("verify", "--json", good, cut, gone);
  expect(code).toBe(1);
  const lines = out.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ file, ok }) => [file, ok])).toEqual([
    [good, true],
    [cut, false],
    [gone, false],
  ]);
  expect(lines[1]?.["error"]).toContain("cut.safetensors");
  expect(lines[2]?.["error"]).toContain("there is no such file");
});

test("verify: a folder with no safetensors at all → not accepted as a whole model", async () => {
  const empty = path.join(folder, "empty");
  await mkdir(empty);
  expect((await run("verify", empty)).code).toBe(1);
});

test("verify: the embedded model → whole", async () => {
  const { code, out } = await run("verify", "weights/tiny-vl-reward");
  expect(code).toBe(0);
  const files = out.split("\n").map((line) => (JSON.parse(line) as { file: string }).file);
  expect(files).toContain("weights/tiny-vl-reward/model.safetensors");
  expect(files).toContain("weights/tiny-vl-reward/value_head.safetensors");
});

test("drawRanking: three answers → best first, longest bar first, P and margin between", () => {
  const drawn = drawRanking(
    [
      { response: "second", score: 1 },
      { response: "worst\u001b[31m\nred", score: -1 },
      { response: "best ".repeat(40), score: 3 },
    ],
    { columns: 80, colours: false },
  );
  expect(drawn).toEqual([
    `  1  ${"█".repeat(24)}   +3.0000   ${"best ".repeat(40).slice(0, 36)}…`,
    "     P(better than 2) = 88.1 %, margin 2.000",
    `  2  ${"█".repeat(12).padEnd(24)}   +1.0000   second`,
    "     P(better than 3) = 88.1 %, margin 2.000",
    `  3  ${"▏".padEnd(24)}   -1.0000   worst [31m red`,
  ]);
  expect(drawRanking([{ response: "a", score: 0 }], { columns: 80, colours: true })[0]).toContain(
    "\u001b[32m",
  );
});

test("loadingLine, batchLine: bytes, rate and time left → as a person reads them", () => {
  const bytes = { loadedBytes: 1.25e9, totalBytes: 16.6e9 };
  const progress = { stage: "download", ...bytes, overall: 0.1 } as const;
  expect(
    loadingLine({ ...progress, bytesPerSecond: 85.1e6, secondsLeft: 180, file: "m.safetensors" }),
  ).toBe("download m.safetensors: 1.3 GB of 16.6 GB, 85.1 MB/s, 3 min left");
  expect(
    loadingLine({ ...progress, totalBytes: 0, bytesPerSecond: 0, secondsLeft: undefined }),
  ).toBe("download");
  expect(
    batchLine({ done: 30, failed: 2, readBytes: 400, totalBytes: 1000, elapsedMs: 8000 }),
  ).toBe("30 scored, 2 failed, 40 %, 4.0/s, 12 s left");
});

test.each([...commands])(
  "%s --help → says every option that the command takes",
  (name, { help, options }) => {
    for (const option of Object.keys(options)) {
      expect(help.includes(`--${option}`), `${name} --help: --${option}`).toBe(true);
    }
  },
);

test.each([
  ["scor", "did you mean score?"],
  ["rnak", "did you mean rank?"],
  ["complete-nonsense", "there is no command complete-nonsense\n"],
])("vl-reward %s → %s", async (name, text) => {
  const { code, err } = await run(name);
  expect([code, err.includes(text)], err).toEqual([2, true]);
});

test("score --image: a missing picture → reported before any browser starts", async () => {
  const { code, err } = await run(
    "score",
    "--image",
    "gone.png",
    "--prompt",
    "p",
    "--response",
    "r",
  );
  expect([code, err]).toEqual([
    1,
    "InputError: --image gone.png: there is no such file. Name a picture's file, or its address.",
  ]);
});
