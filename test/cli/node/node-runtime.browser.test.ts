/** The command line in this process on Dawn, and in Chrome, on the same software adapter. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callCli } from "../shell.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-node-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Pictures with alpha, EXIF, chroma of half the size, sixteen bits; and a text alone. */
const PICTURES = [
  "weights/tiny-vl-reward/samples/01-tallest-bar.png",
  "test/golden/images/alpha.png",
  "test/golden/images/rotated.jpg",
  "test/node/pictures/j75_2.jpg",
  "test/node/pictures/lossya.webp",
  "test/node/pictures/gi.gif",
  "test/node/pictures/grey16.png",
];

test("score: --runtime node and chrome, with pictures and without → the same bits, and the same errors", async () => {
  const question = { type: "text", text: "Is purple the highest value?" };
  const answer = { role: "assistant", content: "Yes, purple is the highest." };
  const of = (image: string) => [
    { role: "user", content: [{ type: "image", image: path.resolve(image) }, question] },
    answer,
  ];
  const rows = [
    ...PICTURES.map((image) => ({ id: path.basename(image), messages: of(image) })),
    { id: "text", messages: [{ role: "user", content: [question] }, answer] },
    { id: "gone", messages: of("nowhere.png") },
    { id: "bad", messages: of("package.json") },
  ];
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  await writeFile(path.join(folder, "in.jsonl"), `${lines}\n`);
  const results: string[] = [];
  for (const runtime of ["node", "chrome"]) {
    const files = ["--output", `${runtime}.jsonl`, "--errors", `${runtime}.errors`];
    const how = ["--runtime", runtime, "--adapter", "swiftshader", "--token-values"];
    const args = ["score", "--input", "in.jsonl", ...files, ...how];
    const { code, err } = await callCli(folder, args);
    expect(code, err).toBe(0);
    expect(err).toContain(`runtime: ${runtime} (--runtime ${runtime})`);
    const read = (name: string): Promise<string> => readFile(path.join(folder, name), "utf8");
    results.push(`${await read(`${runtime}.jsonl`)}${await read(`${runtime}.errors`)}`);
  }
  expect(results[0]?.trimEnd().split("\n").length).toBe(rows.length);
  expect(results[0]).toBe(results[1]);
}, 180_000);
