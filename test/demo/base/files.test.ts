/** What dropped files are, by their content. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { kindOf } from "../../../demo/base/files.ts";

const file = (name: string, content: string, type = ""): File =>
  new File([Uint8Array.from(content, (sign) => sign.charCodeAt(0))], name, { type });

const published = (name: string): File =>
  new File([readFileSync(`test/evaluate/golden/${name}.parquet`)], name);

it.each([
  ["a PNG without an ending", [file("x", "\x89PNG\r\n\x1a\n")], "picture"],
  ["a JPEG", [file("photo.jpg", "\xff\xd8\xff\xe0")], "picture"],
  ["a WebP", [file("p", "RIFF1234WEBPVP8 ")], "picture"],
  ["a photo of an iPhone", [file("p.heic", "\0\0\0\x18ftypheic")], "picture"],
  ["an SVG", [file("p.svg", '<?xml version="1.0"?>\n<svg xmlns="…">')], "picture"],
  ["JSON Lines called .txt", [file("rows.txt", '{"prompt": "Why?"}\n')], "table"],
  ["a list in JSON", [file("rows.json", ' [{"prompt": 1}]')], "table"],
  ["Parquet without an ending", [file("0000", "PAR1\x15\x04")], "table"],
  ["CSV", [file("rows.csv", "prompt,response\n")], "table"],
  ["CSV that says which is right", [file("rows.csv", "prompt,chosen,rejected\n")], "labelled"],
  ["labelled JSON Lines", [file("r.jsonl", '{"prompt": "p", "chosen": "a"}\n')], "labelled"],
  ["a text that says chosen", [file("r.jsonl", '{"prompt": "the chosen one"}\n')], "table"],
  ["VL-RewardBench", [published("vl-rewardbench")], "labelled"],
  ["a table and its picture", [file("a.png", "\x89PNG"), file("r.jsonl", "{}")], "table"],
  ["files of a model", [file("config.json", "{}"), file("model.safetensors", "")], "model"],
  ["a broken picture", [file("x.png", "\x01\x02\x03", "image/png")], "picture"],
  ["a film", [file("x.mov", "\0\0\0\x14ftypqt  ", "video/quicktime")], undefined],
  ["nothing", [], undefined],
])("kind of %s → %s", async (_, files, expected) => {
  expect(await kindOf(files)).toBe(expected);
});
