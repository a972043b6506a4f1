/**
 * Parquet files with pictures in every kind of column (golden/make_parquet.py), read by the one
 * reader: pictures are read, nulls are text, anything else is refused or named. Covers
 * cli/tables/parquet.ts.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readParquet } from "../../cli/tables/parquet.ts";
import { InputError } from "../../src/errors.ts";
import { readBenchmark } from "../../src/evaluate/benchmarks.ts";
import { conversationsOf, picturesOf } from "../../src/evaluate/rows.ts";
import { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import { readPicture, type NamedFile } from "../../src/rows/table-file.ts";

const images = new URL("../golden/images/", import.meta.url);
const tiny = readFileSync(new URL("tiny.png", images));
const small = readFileSync(new URL("small.png", images));

function file(name: string): NamedFile {
  const bytes = readFileSync(new URL(`golden/${name}.parquet`, import.meta.url));
  return { name: `${name}.parquet`, bytes: new Uint8Array(bytes).buffer, readParquet };
}

/** The pictures of each row: a path, or which file the bytes are; and the warnings. */
async function read(name: string): Promise<{ pictures: string[][]; warnings: readonly string[] }> {
  const { rows, tables, warnings } = await readBenchmark("pairs", [file(name)]);
  const pictures = rows.map(async (row) => {
    const own = picturesOf(row).map(async (picture) => {
      if (typeof picture === "string") return picture;
      if (!(picture instanceof EmbeddedPicture)) return "pixels";
      const bytes = await readPicture(tables, picture);
      if (typeof bytes === "string") return bytes;
      return tiny.equals(bytes) ? "tiny" : small.equals(bytes) ? "small" : "other";
    });
    return await Promise.all(own);
  });
  return { pictures: await Promise.all(pictures), warnings };
}

test.each<[name: string, pictures: string[][]]>([
  ["path-list", [["a.png"], ["a.png", "b.png"]]],
  ["path", [["a.png"], [], []]],
  ["struct", [["tiny"], ["small"]]],
  ["struct-null", [["tiny"], [], ["small"]]],
  ["struct-list", [["tiny", "small"], [], [], ["small"]]],
  ["struct-path", [["a.png"], ["tiny"]]],
  ["bytes", [["tiny"], ["small"]]],
  ["bytes-list", [["tiny", "small"], []]],
  ["zstd", [["tiny"], ["small"]]],
  ["implicit-prompt", [["tiny"]]],
])("parquet: %s → its pictures, without a warning", async (name, pictures) => {
  expect(await read(name)).toEqual({ pictures, warnings: [] });
});

test.each([
  ["bytes-other-name", "jpg"],
  ["struct-other-name", "jpg_0"],
])("parquet: %s → taken, and said once", async (name, column) => {
  const { pictures, warnings } = await read(name);
  expect(pictures).toEqual([["tiny"], ["small"]]);
  expect(warnings).toEqual([
    `${name}.parquet: the pictures in the column ${column} are taken for those of the prompt`,
  ]);
});

test.each([
  ["two-other-names", "row 1: a picture under a name that is not read, jpg_0, jpg_1"],
  ["path-other-name", "row 1: a picture under a name that is not read, photo_of_it"],
  ["not-pictures", "row 1, field image: expected a picture file, or a path, got 3 bytes"],
  ["numbers", "row 1, field image: expected a Blob"],
  ["video", "row 1: field video: expected text and pictures only"],
])("parquet: %s → InputError that names the column", async (name, message) => {
  await expect(read(name)).rejects.toThrow(InputError);
  await expect(read(name)).rejects.toThrow(`${name}.parquet, ${message}`);
});

test("parquet: columns that nobody reads → one warning that lists them", async () => {
  const { warnings } = await read("text-as-bytes");
  expect(warnings).toEqual([
    "text-as-bytes.parquet: columns that are not read, and have no effect: note, count",
  ]);
});

test("parquet: conversations that begin alike → the prompt with its picture, two responses", async () => {
  const { rows } = await readBenchmark("pairs", [file("implicit-prompt")]);
  const [row] = rows;
  if (row === undefined) throw new Error("no row");
  expect([row.id, row.responses]).toEqual(["7", ["7", "8"]]);
  const [chosen] = await conversationsOf(row, (picture) =>
    Promise.resolve(picture instanceof EmbeddedPicture ? "embedded" : picture),
  );
  expect(chosen).toEqual([
    {
      role: "user",
      tokens: 7,
      content: [
        { type: "image", image: "embedded" },
        { type: "text", text: "What is 3 plus 4?" },
      ],
    },
    { role: "assistant", content: "7", tokens: 1 },
  ]);
});
