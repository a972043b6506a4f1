/** The parts of decoding that do not need a browser; decode.browser.test.ts has the rest. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { InputError, UnsupportedError } from "../../../src/errors.ts";
import { canvasIsExact } from "../../../src/image/decode/canvas.ts";
import { decodeImage } from "../../../src/image/decode/decode.ts";
import type { ImageInput } from "../../../src/types.ts";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import { bmpOf } from "./bmp.ts";

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

describe("runtimes without a decoder or a canvas", () => {
  afterEach(() => vi.unstubAllGlobals());
  const png = (): Buffer => readFileSync(`${GOLDEN_ROOT}images/small.png`);

  test("decode: a whole PNG in Node → UnsupportedError, not damaged", async () => {
    const decoding = decodeImage(new Blob([new Uint8Array(png())]));
    await expect(decoding).rejects.toThrow(UnsupportedError);
    await expect(decoding).rejects.toThrow(
      "no decoder of PNG files. Load the model with decodeImage",
    );
  });

  test("decode: a PNG cut off in Node → InputError", async () => {
    const decoding = decodeImage(png().subarray(0, 500));
    await expect(decoding).rejects.toThrow(InputError);
    await expect(decoding).rejects.toThrow("cut off or damaged");
  });

  test("decode: BMP in Node → its pixels", async () => {
    const { width, height, data } = await decodeImage(bmpOf(2, 1));
    expect([width, height, ...data]).toEqual([2, 1, 2, 1, 0, 255, 5, 4, 3, 255]);
  });

  test("decode: a canvas without 2D, as in Deno → UnsupportedError, and none at load", async () => {
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("not reached")));
    vi.stubGlobal(
      "OffscreenCanvas",
      class {
        getContext = (): null => null;
      },
    );
    expect(canvasIsExact()).toBe(true);
    const decoding = decodeImage(png());
    await expect(decoding).rejects.toThrow(UnsupportedError);
    await expect(decoding).rejects.toThrow("no 2D canvas here");
  });

  test("decode: a browser that throws → UnsupportedError with its cause", async () => {
    const fault = new RangeError("Array buffer allocation failed");
    vi.stubGlobal(
      "OffscreenCanvas",
      class {
        getContext = (): never => {
          throw fault;
        };
      },
    );
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("not reached")));
    const error: unknown = await decodeImage(png()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ cause: fault });
  });

  test("decode: a canvas of another origin → InputError that names it", async () => {
    const context = {
      fillRect: () => undefined,
      drawImage: () => undefined,
      getImageData: (): never => {
        throw new DOMException("The canvas has been tainted", "SecurityError");
      },
    };
    vi.stubGlobal(
      "OffscreenCanvas",
      class {
        getContext = (): unknown => context;
      },
    );
    const canvas = { [Symbol.toStringTag]: "HTMLCanvasElement", width: 4, height: 4 };
    const decoding = decodeImage(canvas as unknown as ImageInput);
    await expect(decoding).rejects.toThrow(InputError);
    await expect(decoding).rejects.toThrow(
      "from another origin. Load what is drawn with crossOrigin",
    );
  });
});

describe("data URLs", () => {
  afterEach(() => vi.unstubAllGlobals());
  const base64 = bmpOf(2, 1).toString("base64");
  const percent = [...bmpOf(2, 1)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  test.each([
    ["base64", `data:image/bmp;base64,${base64}`],
    ["base64 without padding", `data:image/bmp;base64,${base64.replaceAll("=", "")}`],
    [
      "base64 with spaces, lines and a fragment",
      ` DATA:;base64 , ${base64.slice(0, 9)}\n${base64.slice(9)}#a`,
    ],
    ["base64 as percent", `data:;base64,${base64.replaceAll("A", "%41")}`],
    ["percent", `data:image/bmp,${percent}`],
    ["a URL object", new URL(`data:image/bmp;base64,${base64}`)],
  ])("decode: %s, with a network that refuses → its pixels", async (_, url) => {
    const fetched = vi.fn(() => Promise.reject(new TypeError("Failed to fetch")));
    vi.stubGlobal("fetch", fetched);
    const { data } = await decodeImage(url);
    expect([...data]).toEqual([2, 1, 0, 255, 5, 4, 3, 255]);
    expect(fetched).not.toHaveBeenCalled();
  });

  test.each([
    ["no comma", "data:image/png;base64", "no comma"],
    ["a sign that base64 lacks", "data:;base64,!", "its base64 is not valid"],
    ["a text", "data:,hello", "not a picture of a supported format"],
    ["nothing", "data:,", "the file is empty"],
  ])("decode: data URL with %s → InputError", async (_, url, message) => {
    const decoding = decodeImage(url);
    await expect(decoding).rejects.toThrow(InputError);
    await expect(decoding).rejects.toThrow(message);
  });
});
