/** `rank --images` from the shell to Chrome and back, on a small model of HPSv3's form. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linesOf } from "../../../testing/golden-lines.ts";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import { withText } from "../../../testing/png-chunks.ts";
import { callCli } from "../shell.ts";

const MODEL = `${GOLDEN_ROOT}heads/models/generated`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-rank-images-"));
  await mkdir(path.join(folder, "made"));
});
afterAll(() => rm(folder, { recursive: true }));

test("rank --images: prompts beside and inside, two bad files → sorted; one more → continued", async () => {
  const images = `${GOLDEN_ROOT}images/`;
  const put = (name: string, content: string | Buffer): Promise<void> =>
    writeFile(path.join(folder, "made", name), content);
  // The first two are cases of the golden.
  await copyFile(`${images}exact.png`, path.join(folder, "made/exact.png"));
  await put("exact.txt", "five shapes");
  const odd = await readFile(`${images}odd.png`);
  await put("odd.png", withText(odd, "parameters", "five shapes\nSteps: 20"));
  await copyFile(`${images}wide.png`, path.join(folder, "made/wide.png"));
  await put("broken.png", "this is a text");
  await put("broken.txt", "five shapes");
  const args = ["rank", "--model", MODEL, "--images", "made", "--output", "ranked.csv"];
  const first = await callCli(folder, [...args, "--errors", "bad.jsonl"]);
  expect([first.code, first.out], first.err).toEqual([0, ""]);
  const bad = linesOf(path.join(folder, "bad.jsonl"));
  expect(bad.map(({ id }) => id)).toEqual(["broken.png", "wide.png"]);
  const scores = linesOf(path.join(folder, "ranked.jsonl"));
  expect(scores.map(({ id }) => id)).toEqual(["exact.png", "odd.png"]);
  const golden = linesOf(`${GOLDEN_ROOT}heads/golden/generated.jsonl`)[0]!;
  const exact = Number(scores[0]!["score"]);
  expect(Math.abs(exact - Number(golden["score"]))).toBeLessThanOrEqual(2e-4);
  const csv = await readFile(path.join(folder, "ranked.csv"), "utf8");
  const best =
    Number(scores[1]!["score"]) > exact ? ["odd.png", "exact.png"] : ["exact.png", "odd.png"];
  const rows = csv.trimEnd().split("\n");
  expect(rows.map((row) => row.split(",").slice(0, 2).join())).toEqual([
    "place,image",
    `1,${best[0]}`,
    `2,${best[1]}`,
  ]);

  await copyFile(`${images}tiny.png`, path.join(folder, "made/z.png"));
  await put("z.txt", 'a "small" one, please');
  const second = await callCli(folder, [...args, "--errors", "bad.jsonl", "--resume"]);
  expect(second.code, second.err).toBe(0);
  expect(second.err).toMatch(/1 scored, 0 failed.*4 done before/);
  const again = await readFile(path.join(folder, "ranked.csv"), "utf8");
  expect(again.trimEnd().split("\n").at(-1)).toMatch(
    /^1,z\.png,-?[\d.]+,"a ""small"" one, please"$/,
  );
  expect(again).toContain(rows[1]);
}, 180_000);
