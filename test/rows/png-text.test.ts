/** Texts of PNG files, as programs write them, and as nobody should. */
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { pngTexts, type ReadBytes } from "../../src/rows/png-text.ts";
import { pngChunk, pngOf } from "../../testing/png-chunks.ts";

const readerOf =
  (bytes: Uint8Array): ReadBytes =>
  async (begin, end) =>
    bytes.subarray(begin, end);

const texts = async (...chunks: Uint8Array[]): Promise<unknown> => {
  const found = await pngTexts(readerOf(pngOf(...chunks)), "a.png");
  return found && Object.fromEntries(found);
};

const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");

test("png texts: tEXt in Latin-1 and in UTF-8, zTXt, iTXt plain and packed → their texts", async () => {
  const packed = deflateSync(utf8("long"));
  expect(
    await texts(
      pngChunk("tEXt", Buffer.from("old\0caf\xe9", "latin1")),
      pngChunk("tEXt", utf8("new\0日本")),
      pngChunk("zTXt", Buffer.concat([utf8("z\0\0"), packed])),
      pngChunk("iTXt", Buffer.concat([utf8("i\0\0\0ja\0訳\0"), utf8("絵")])),
      pngChunk("iTXt", Buffer.concat([utf8("p\0\x01\0\0\0"), packed])),
      pngChunk("tEXt", utf8("old\0again")),
      pngChunk("IDAT", Buffer.alloc(1000)),
      pngChunk("tEXt", utf8("after\0pixels")),
    ),
  ).toEqual({ old: "café", new: "日本", z: "long", i: "絵", p: "long", after: "pixels" });
});

test("png texts: another format, or less than a signature → undefined", async () => {
  expect(await pngTexts(readerOf(utf8("GIF89a and more")), "a.gif")).toBeUndefined();
  expect(await pngTexts(readerOf(new Uint8Array(3)), "a.png")).toBeUndefined();
});

test.each([
  ["no end mark", pngChunk("tEXt", utf8("keyword")), "without its end mark"],
  ["packed by another method", pngChunk("zTXt", utf8("z\0\x07abc")), "unknown method 7"],
  ["packed and damaged", pngChunk("zTXt", utf8("z\0\0abc")), "is damaged"],
  ["cut", pngChunk("tEXt", utf8("keyword\0text")).subarray(0, 14), "middle of a text"],
  [
    "a packed text of 9 MB",
    pngChunk("zTXt", Buffer.concat([utf8("z\0\0"), deflateSync(Buffer.alloc(9e6))])),
    "8,388,608 bytes at most",
  ],
])("png texts: %s → an InputError that says so", async (_, chunk, why) => {
  const bytes = pngOf(chunk).subarray(0, 8 + chunk.length);
  await expect(pngTexts(readerOf(bytes), "a.png")).rejects.toThrow(why);
});

test("png texts: a length of 4 GB → ends, or refused without reading it", async () => {
  const chunk = pngChunk("tEXt", utf8("a\0b"));
  new DataView(chunk.buffer, chunk.byteOffset).setUint32(0, 0xffff_fff0);
  let most = 0;
  const read: ReadBytes = async (begin, end) => {
    most = Math.max(most, end - begin);
    return pngOf(chunk).subarray(begin, end);
  };
  await expect(pngTexts(read, "a.png")).rejects.toThrow("too long");
  expect(most).toBeLessThan(100);
});
