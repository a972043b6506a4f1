/** Pictures decoded by sharp in Node, against the bytes of Chrome over the same files. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/image/decode/decode.ts";
import { InputError } from "../../src/errors.ts";
import type { PictureDecoder } from "../../src/types.ts";
import { sharpDecoder } from "../../src/node/sharp-decoder.ts";
import { openTestBrowser, type TestBrowser } from "../../testing/browser/browser.ts";
import { repository } from "../../tools/repository.ts";
import type { Outcome } from "../image/decode/decode-page.ts";

const PICTURE = /\.(png|jpe?g|webp|gif|avif|bmp)$/;
const FILES = ["test/image/field", "test/golden/images", "test/node/pictures"].flatMap((folder) =>
  readdirSync(path.join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => PICTURE.test(name) && !name.endsWith(".expected.png"))
    .map((name) => `${folder}/${name}`),
);

let browser: TestBrowser;
let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  browser = await openTestBrowser();
  const page = await browser.openPage();
  const inPage = page.module<typeof import("../image/decode/decode-page.ts")>(
    "test/image/decode/decode-page.ts",
  );
  const files = FILES.map((name) => readFileSync(path.join(repository, name), "base64"));
  const decoded = await inPage.decodeFiles(files);
  outcomes = new Map(FILES.map((name, i) => [name, decoded[i]!]));
});
afterAll(() => browser?.close());

/** Sharp reads them otherwise, so they are refused. */
const REFUSED = /\.avif$|cmyk\.jpg$|gif-small-frame/;

test.each(FILES.filter((name) => REFUSED.test(name)))(
  "sharp: %s → refused by name",
  async (name) => {
    const file = readFileSync(path.join(repository, name));
    await expect(decodeImage(file, undefined, "exif", "white", sharpDecoder())).rejects.toThrow(
      /picture, sharp: decodes (AVIF|JPEG in CMYK|a GIF whose frame is smaller) to other bytes/,
    );
  },
);

test("a decoder: another size, too few bytes, a failure → typed; a cut file → InputError", async () => {
  const png = readFileSync(path.join(repository, "test/golden/images/tiny.png"));
  const by = (decoder: PictureDecoder) => decodeImage(png, undefined, "exif", "white", decoder);
  const other = async () => ({ width: 1, height: 1, data: new Uint8Array(4) });
  await expect(by(other)).rejects.toThrow(/decodeImage: decodes this PNG file to another size/);
  const broken = () => Promise.reject(new Error("no"));
  await expect(by(broken)).rejects.toThrow("decodeImage cannot decode this PNG file");
  const cut = readFileSync(path.join(repository, "test/node/pictures/rgb.png")).subarray(0, 3000);
  await expect(decodeImage(cut, undefined, "exif", "white", sharpDecoder())).rejects.toThrow(
    InputError,
  );
});

test.each(FILES.filter((name) => !REFUSED.test(name)))(
  "sharp: %s → the bytes that Chrome decodes",
  async (name) => {
    const wanted = outcomes.get(name)!;
    const file = readFileSync(path.join(repository, name));
    if ("error" in wanted) throw new Error(wanted.message);
    const got = await decodeImage(file, undefined, "exif", "white", sharpDecoder());
    const bytes = Buffer.from(wanted.data, "base64");
    const worst = got.data.reduce((most, byte, i) => Math.max(most, Math.abs(byte - bytes[i]!)), 0);
    expect([got.width, got.height, worst]).toEqual([wanted.width, wanted.height, 0]);
  },
);
