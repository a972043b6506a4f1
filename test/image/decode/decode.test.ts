/** What of decoding needs no browser; decode.browser.test.ts has the rest. */
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { decodeImage } from "../../../src/image/decode/decode.ts";
import type { ImageInput } from "../../../src/types.ts";

function imageData(width: number, height: number, data: unknown): ImageInput {
  return { width, height, data, colorSpace: "srgb" } as ImageData;
}

describe("pixels that are decoded already", () => {
  test("decode: ImageData with alpha → over white", async () => {
    const data = Uint8ClampedArray.of(255, 0, 0, 0, 0, 0, 0, 128, 10, 20, 30, 255);
    const pixels = await decodeImage(imageData(3, 1, data));
    expect(pixels).toEqual({
      width: 3,
      height: 1,
      data: Uint8Array.of(255, 255, 255, 255, 127, 127, 127, 255, 10, 20, 30, 255),
    });
  });

  test.each([
    ["floats", imageData(1, 1, new Float32Array(4)), "got Float32Array"],
    [
      "too few bytes",
      imageData(2, 2, new Uint8ClampedArray(4)),
      'expected 16 bytes, pixelFormat "rgba-unorm8", got 4 bytes',
    ],
    ["no pixels", imageData(0, 0, new Uint8ClampedArray(0)), "it is empty"],
    ["a long strip", imageData(201, 1, new Uint8ClampedArray(804)), "ratio 201.0"],
    ["a number", 5 as unknown as ImageInput, "expected a Blob, File, URL, bytes"],
  ])("decode: %s → InputError", async (_, input, message) => {
    const decoding = decodeImage(input);
    await expect(decoding).rejects.toThrow(InputError);
    await expect(decoding).rejects.toThrow(message);
  });
});

describe("files, refused by their header", () => {
  test.each([
    ["an empty file", new Blob([]), "the file is empty"],
    ["SVG", new Blob(["<svg/>"], { type: "image/svg+xml" }), "got SVG"],
    ["SVG that claims to be PNG", new Blob(["<svg/>"], { type: "image/png" }), "got SVG"],
    ["a data URL of text", "data:text/plain,hello", "not a picture of a supported format"],
    ["no URL", "no-such-place", "picture no-such-place: it cannot be fetched"],
    ["a port where nothing listens", "http://localhost:1/a.png", "it cannot be fetched"],
  ])("decode: %s → InputError", async (_, input, message) => {
    const decoding = decodeImage(input);
    await expect(decoding).rejects.toThrow(InputError);
    await expect(decoding).rejects.toThrow(message);
  });

  test("decode: a URL that the server refuses → its status", async () => {
    const { createServer } = await import("node:http");
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    try {
      const decoding = decodeImage(new URL(`http://localhost:${port}/a.png`));
      await expect(decoding).rejects.toThrow("got HTTP status 404");
    } finally {
      server.close();
    }
  });

  test("decode: aborted → the signal's reason, no InputError", async () => {
    const reason = new Error("enough");
    const decoding = decodeImage("data:,x", AbortSignal.abort(reason));
    await expect(decoding).rejects.toBe(reason);
  });
});
