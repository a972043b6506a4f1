/** Whole files of rows: JSON lines, arrays, CSV and TSV, and the pictures that rows name. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import { readRows } from "../../src/rows/read-file.ts";
import type { ReadRow } from "../../src/rows/read-row.ts";
import { resolvePictures } from "../../src/rows/resolve.ts";
import type { NamedFile } from "../../src/rows/table-file.ts";
import type { Conversation, ImageInput } from "../../src/types.ts";

const file = (name: string, text: string): NamedFile => ({
  name,
  bytes: new TextEncoder().encode(text).buffer,
});

async function contents(name: string, text: string): Promise<unknown[]> {
  const { rows } = await readRows([file(name, text)]);
  return rows.map((row) =>
    row instanceof InputError
      ? row.message
      : [row.id, row.messages.at(-1)?.content, ...row.responses.map(([one]) => one?.content)],
  );
}

const row = { id: "a", prompt: 'Say "hi",\nplease', responses: ["hi", "no"] };
const wanted = ["a", 'Say "hi",\nplease', "hi", "no"];

test.each([
  ["rows.jsonl", `${JSON.stringify(row)}\r\n\n${JSON.stringify({ ...row, id: "b" })}`],
  ["rows.json", JSON.stringify([row, { ...row, id: "b" }])],
  [
    "rows.csv",
    'id,prompt,responses\r\na,"Say ""hi"",\nplease","[""hi"", ""no""]"\nb,"Say ""hi"",\nplease","[""hi"", ""no""]"\n',
  ],
  [
    "rows.csv",
    '\ufeffid,prompt,response_1,response_2\na,"Say ""hi"",\nplease",hi,no\nb,"Say ""hi"",\nplease",hi,no',
  ],
  [
    "rows.tsv",
    'id\tprompt\tresponse_a\tresponse_b\na\t"Say ""hi"",\nplease"\thi\tno\nb\t"Say ""hi"",\nplease"\thi\tno\n',
  ],
])("file: %s → its rows", async (name, text) => {
  expect(await contents(name, text)).toEqual([wanted, ["b", ...wanted.slice(1)]]);
});

test("file: a row that cannot be read → its error in its place, the others read", async () => {
  const text = [row, { id: "b", prompt: "x", images: [5], responses: ["a"] }, row];
  const [first, second, third] = await contents(
    "f.jsonl",
    text.map((one) => JSON.stringify(one)).join("\n"),
  );
  expect([first, third]).toEqual([wanted, wanted]);
  expect(second).toContain("f.jsonl, row 2, field images: expected the bytes of a picture");
});

test.each([
  ["a.csv", "prompt,response\nx\n", "a.csv, row 1: cells: expected 2, got 1"],
  ["a.csv", 'prompt,response\n"x,y\n', "a quote is not closed"],
  ["a.jsonl", "{]", "a.jsonl, line 1: is not JSON"],
  ["a.json", "[1]", "a.json, row 1: is not an object"],
])("file: %s that is broken → InputError that names the row", async (name, text, message) => {
  await expect(readRows([file(name, text)])).rejects.toThrow(InputError);
  await expect(readRows([file(name, text)])).rejects.toThrow(message);
});

test.each([
  ["a.jsonl", '{"prompt": "x", "response": "y"}\n\n{"prompt": \n[]\n', [3, 4]],
  ["a.json", '[{"prompt": "x", "response": "y"}, 7]', [2]],
  ["a.csv", "prompt,response\nx,y\nx\n", [2]],
])(
  "file: %s with a damaged line beside a good one → the row, and the line's error",
  async (name, text, wrong) => {
    const { rows } = await readRows([file(name, text)]);
    expect(rows[0]).toMatchObject({ messages: [{ role: "user", content: "x" }] });
    const places = rows
      .slice(1)
      .map((one) => Number(/(?:line|row) (\d+)/.exec((one as InputError).message)?.[1]));
    expect(places).toEqual(wrong);
  },
);

test("file: one object over many lines → one row", async () => {
  const { rows } = await readRows([
    file("a.jsonl", JSON.stringify({ prompt: "x", responses: ["y", "z"] }, null, 2)),
  ]);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ responses: [[{ content: "y" }], [{ content: "z" }]] });
});

test("readRows: told of each row, and stopped → the reason of the signal", async () => {
  const abort = new AbortController();
  const seen: [number, number][] = [];
  const reading = readRows([file("a.jsonl", '{"prompt": "x"}\n{"prompt": "y"}\n{"prompt": "z"}')], {
    signal: abort.signal,
    onRow(done, total) {
      seen.push([done, total]);
      if (done === 2) abort.abort(new Error("enough"));
    },
  });
  await expect(reading).rejects.toThrow("enough");
  expect(seen).toEqual([
    [1, 3],
    [2, 3],
  ]);
});

test.each(["rows.jsonl", "rows.json", "rows.csv"])(
  "%s: a Git LFS pointer in place of the file → InputError that names it",
  async (name) => {
    const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 9\n`;
    await expect(contents(name, text)).rejects.toThrow(`${name}: is a Git LFS pointer`);
  },
);

test("files: unread columns → one warning a file", async () => {
  const { warnings } = await readRows([
    file(
      "a.jsonl",
      '{"prompt": "x", "response": "y", "colour": 1}\n{"prompt": "x", "response": "y", "shape": 1}',
    ),
    file("b.csv", "prompt,response,note\nx,y,z\n"),
  ]);
  expect(warnings).toEqual([
    "a.jsonl: columns that are not read, and have no effect: colour, shape",
    "b.csv: columns that are not read, and have no effect: note",
  ]);
});

test("resolvePictures: names and embedded pictures → asked for; data URLs and pixels → kept", async () => {
  const pixels = { width: 1, height: 1, data: new Uint8ClampedArray(4) } as ImageData;
  const embedded = new EmbeddedPicture(0, 1, "image", 0);
  const images = ["a.png", embedded as unknown as ImageInput, "data:image/png;base64,AAAA", pixels];
  const messages: Conversation = [
    { role: "user", content: images.map((image) => ({ type: "image", image, max_pixels: 9 })) },
    { role: "assistant", content: "x" },
  ];
  const asked: unknown[] = [];
  const [resolved] = await resolvePictures(messages, (picture) => {
    asked.push(picture);
    return Promise.resolve("found");
  });
  expect(asked).toEqual(["a.png", embedded]);
  const content = resolved?.content;
  const parts = typeof content === "string" ? [] : (content ?? []);
  const found = parts.map((one) => (one.type === "image" ? [one.image, one.max_pixels] : []));
  expect(found).toEqual([
    ["found", 9],
    ["found", 9],
    [images[2], 9],
    [pixels, 9],
  ]);
});

test("file: 20,000 rows of CSV → read in order", async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i},"question ${i}, part ""b""",yes`);
  const { rows } = await readRows([file("a.csv", `id,prompt,response\n${lines.join("\n")}`)]);
  expect(rows).toHaveLength(20_000);
  expect((rows[19_999] as ReadRow).messages[0]?.content).toBe('question 19999, part "b"');
});
