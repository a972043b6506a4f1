/** Which pictures of a folder are ranked, and by which prompt; `rank --images` called wrongly. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  listPictures,
  pictureRows,
  type PictureFolder,
} from "../../../cli/batch/picture-folder.ts";
import { pngOf, withText } from "../../../testing/png-chunks.ts";
import { run, type Ended } from "../../../testing/cli/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-pictures-"));
  const put = (name: string, content: string | Buffer): Promise<void> =>
    writeFile(path.join(folder, name), content);
  await mkdir(path.join(folder, "below"));
  await mkdir(path.join(folder, ".thumbnails"));
  const png = pngOf();
  await put("b.png", withText(png, "parameters", "a cat\nSteps: 3"));
  await put("B.jpg", "jpeg");
  await put("B.txt", "\ufeffa dog\n");
  await put("c.png", withText(png, "parameters", "not this"));
  await put("c.txt", "a hat");
  await put("d.webp", "webp");
  await put("e.png", png);
  await put("f.png", "png");
  await put("f.txt", " \n");
  await put("g.txt", "no picture");
  await put("below/a.png", withText(png, "prompt", "a bat"));
  await put(".hidden.png", png);
  await put(".thumbnails/b.png", png);
  await symlink(folder, path.join(folder, "loop"));
});
afterAll(() => rm(folder, { recursive: true }));

async function rows(
  given: Partial<PictureFolder>,
  pictures?: readonly string[],
): Promise<Record<string, string>> {
  const promptOf = new Map<string | number, string>();
  const asked = { folder, prompt: undefined, prompts: undefined, ...given };
  const found: Record<string, string> = {};
  for await (const row of pictureRows(asked, pictures ?? (await listPictures(folder)), promptOf)) {
    const { conversations, fault } = row;
    const [one] = conversations as { inputs: { prompt: string; image: string } }[];
    found[row.where] = fault?.message ?? one!.inputs.prompt;
    expect(one?.inputs.image ?? row.where).toBe(row.where);
  }
  return found;
}

test("pictures: files beside, texts inside, folders below → each with its prompt, or why not", async () => {
  const found = await rows({});
  expect(Object.keys(found)).toEqual([
    "B.jpg",
    "b.png",
    "below/a.png",
    "c.png",
    "d.webp",
    "e.png",
    "f.png",
  ]);
  expect(found).toMatchObject({
    "B.jpg": "a dog",
    "b.png": "a cat",
    "below/a.png": "a bat",
    "c.png": "a hat",
    "d.webp": expect.stringMatching(/d\.webp: has no prompt: expected d\.txt beside it/),
    "e.png": expect.stringContaining("e.png: has no prompt"),
    "f.png": expect.stringContaining("f.txt: is empty"),
  });
});

test("pictures: one prompt for all → that one", async () => {
  expect(new Set(Object.values(await rows({ prompt: "a rat" })))).toEqual(new Set(["a rat"]));
});

test("pictures: a file of prompts → those; a picture without a line has a fault", async () => {
  const prompts = path.join(folder, "prompts.jsonl");
  const lines = [
    '{"image": "./b.png", "prompt": "1"}',
    "",
    '{"file_name": "below/a.png", "text": "2"}',
  ];
  await writeFile(prompts, lines.join("\n"));
  const found = await rows({ prompts }, ["b.png", "below/a.png", "c.png"]);
  expect(found).toMatchObject({ "b.png": "1", "below/a.png": "2" });
  expect(found["c.png"]).toContain("c.png: has no prompt in");
});

test.each([
  [
    '{"image": "none.png", "prompt": "x"}',
    "line 1: names a picture that is not there, got none.png",
  ],
  [
    '{"image": "b.png", "prompt": "x"}\n{"image": "b.png", "prompt": "y"}',
    "line 2: names a picture again",
  ],
  ['{"image": "b.png"}', 'line 1: expected {"image": PATH, "prompt": TEXT}'],
  ["b.png,x", "line 1: is not JSON"],
])("pictures: the file of prompts %j → refused, with the line", async (content, why) => {
  const prompts = path.join(folder, "bad.jsonl");
  await writeFile(prompts, content);
  await expect(rows({ prompts })).rejects.toThrow(why);
});

async function call(...args: string[]): Promise<Ended> {
  return await run("rank", ...args);
}

test.each([
  [["--images", "x"], 2, "takes --output NAME.csv"],
  [["--images", "x", "--output", "-"], 2, "takes --output NAME.csv"],
  [["--images", "x", "--output", "r.csv", "--input", "i"], 2, "--input does not go with --images"],
  [["--images", "x", "--output", "r.csv", "--temperature", "2"], 2, "--temperature does not go"],
  [["--images", "x", "--output", "r.csv", "--backend", "http://x"], 2, "--backend does not go"],
  [["--images", "x", "--output", "r.csv", "--prompt", " "], 2, "--prompt is empty"],
  [
    ["--images", "x", "--output", "r.csv", "--prompt", "a", "--prompts", "b"],
    2,
    "--prompt does not go",
  ],
  [["--input", "x", "--prompt", "a"], 2, "--prompt goes with --images"],
  [["--images", "/nowhere", "--output", "r.csv"], 1, "--images /nowhere: there is no such folder"],
])("rank %j → exit code %i and why", async (args, code, why) => {
  const ended = await call(...args);
  expect([ended.code, ended.err]).toEqual([code, expect.stringContaining(why)]);
});

test("rank: a folder without pictures → exit code 1 and why", async () => {
  const empty = path.join(folder, ".thumbnails", "empty");
  await mkdir(empty, { recursive: true });
  const { code, err } = await call("--images", empty, "--output", path.join(folder, "r.csv"));
  expect([code, err]).toEqual([1, expect.stringContaining("has no pictures")]);
});
