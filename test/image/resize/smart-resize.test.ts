import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { smartResize } from "../../../src/image/resize/smart-resize.ts";

const HUB = { factor: 28, minPixels: 3136, maxPixels: 12_845_056 };
const SMALLER = { factor: 28, minPixels: 256 * 784, maxPixels: 1280 * 784 };

describe("the reference's sizes", () => {
  test.each([
    [70, 70, HUB, 56, 56],
    [98, 126, HUB, 112, 112],
    [14, 14, HUB, 56, 56],
    [13, 500, HUB, 28, 364],
    [480, 640, HUB, 476, 644],
    [1080, 1920, HUB, 1092, 1932],
    [3000, 4000, HUB, 2996, 4004],
    [4000, 6000, HUB, 2912, 4368],
    [1000, 1000, SMALLER, 980, 980],
    [1080, 1920, SMALLER, 728, 1316],
    [28, 28, SMALLER, 448, 448],
    [1, 200, HUB, 28, 812],
    [29, 560, { ...HUB, maxPixels: 200_704 }, 28, 560],
    [42, 70, { factor: 28, minPixels: 1, maxPixels: 1e9 }, 56, 56],
  ])("smart-resize: %d × %d in %o → %d × %d", (height, width, limits, rows, columns) => {
    expect(smartResize(height, width, limits)).toEqual({ height: rows, width: columns });
  });
});

describe("refused sizes", () => {
  test.each([
    [1, 201, "expected a ratio of at most 200, got 201 × 1 pixels, ratio 201.0"],
    [100_000, 1, "1 × 100000 pixels, ratio 100000.0"],
    [0, 5, "it is empty: expected at least 1 × 1, got 5 × 0 pixels"],
    [5, 0, "it is empty: expected at least 1 × 1, got 0 × 5 pixels"],
    [Number.NaN, 5, "it is empty"],
  ])("smart-resize: %d × %d → InputError", (height, width, message) => {
    const resize = (): unknown => smartResize(height, width, HUB);
    expect(resize).toThrow(InputError);
    expect(resize).toThrow(message);
  });
});
