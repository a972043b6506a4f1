/** Files as people have them, decoded in a real browser, against the pixels that Pillow sees. */
import { readFileSync, readdirSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestBrowser, type InPage, type TestBrowser } from "../../testing/browser/browser.ts";
import { inChrome } from "../../testing/browser/launch.ts";
import { overWhite } from "../../src/image/decode/pixels.ts";
import type { Decoded, Outcome } from "./decode/decode-page.ts";
import { readPillowCases } from "./decode/pillow-cases.ts";

const FIELD = new URL("field/", import.meta.url);
const FILES = readdirSync(FIELD)
  .flatMap((kind) => readdirSync(new URL(kind, FIELD)).map((name) => `${kind}/${name}`))
  .filter((name) => !name.endsWith(".expected.png"));

let browser: TestBrowser;
let inPage: InPage<typeof import("./decode/decode-page.ts")>;
let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  browser = await openTestBrowser();
  const page = await browser.openPage();
  inPage = page.module<typeof import("./decode/decode-page.ts")>(
    "test/image/decode/decode-page.ts",
  );
  const decoded = await inPage.decodeFiles(
    FILES.map((name) => readFileSync(new URL(name, FIELD), "base64")),
  );
  outcomes = new Map(FILES.map((name, i) => [name, decoded[i]!]));
});

afterAll(() => browser?.close());

/** Of these the product shows what people see, and Pillow something else: docs/pictures.md. */
const DIFFERENT = new Map([
  ["gif-small-frame/gif-small-frame.gif", "what no frame covers is transparent, so white"],
  ["png-16-bit/png-grey16-low.png", "the high byte of each value"],
  ["png-16-bit/png-rgb16-trns.png", "a transparent colour of 16 bits is found"],
]);

test.each(FILES)("field: %s → the pixels that Pillow sees", async (name) => {
  const { width, height, rgba } = await readExpected(name);
  const outcome = outcomes.get(name);
  expect(outcome).toMatchObject({ width, height });
  const got = Buffer.from((outcome as Decoded).data, "base64");
  const expected = overWhite(rgba);
  const worst = got.reduce((most, byte, i) => Math.max(most, Math.abs(byte - expected[i]!)), 0);
  if (DIFFERENT.has(name)) expect(worst).toBeGreaterThan(0);
  else expect(worst).toBeLessThanOrEqual(limitOf(name));
});

/** Firefox's decoder of lossy AVIF differs. */
function limitOf(name: string): number {
  if (!inChrome && name.startsWith("avif-more/")) return 8;
  return name === "avif-more/prem.avif" ? 1 : 0;
}

test("field: the upper left of the three that differ → as browsers show them", async () => {
  const first = (name: string): number[] => {
    const outcome = outcomes.get(name) as Decoded;
    return [...Buffer.from(outcome.data, "base64").subarray(0, 4)];
  };
  expect([...DIFFERENT.keys()].map(first)).toMatchInlineSnapshot(`
    [
      [
        255,
        255,
        255,
        255,
      ],
      [
        0,
        0,
        0,
        255,
      ],
      [
        255,
        255,
        255,
        255,
      ],
    ]
  `);
});

/** Every eighth file takes 3 s; all of them were tried once. */
test("field: odd headers → the browser decodes what Pillow reads, upright", async () => {
  const cases = readPillowCases().filter((one, i) => i % 8 === 0 && one.orientation > 0);
  const decoded = await inPage.decodeFiles(cases.map(({ file }) => file.toString("base64")));
  const different = cases.flatMap(({ file, width, height, orientation }, i) => {
    const outcome = decoded[i]!;
    if ("error" in outcome) return [`${outcome.message} ${file.toString("hex")}`];
    const [across, down] = orientation < 5 ? [width, height] : [height, width];
    if (outcome.width === across && outcome.height === down) return [];
    return [`${outcome.width} × ${outcome.height} ${file.toString("hex")}`];
  });
  const refused = different.filter((line) =>
    /begin within its header|not a supported kind/.test(line),
  );
  expect(different.filter((line) => !refused.includes(line))).toEqual([]);
  expect(refused.length).toBeLessThan(cases.length / 50);
});

async function readExpected(
  name: string,
): Promise<{ width: number; height: number; rgba: Uint8Array }> {
  const file = readFileSync(new URL(`${name}.expected.png`, FIELD));
  const raw = sharp(file).ensureAlpha().raw();
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgba: data };
}
