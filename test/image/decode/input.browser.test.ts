/** Pictures in all forms that a page has them in. */
import { mkdtemp, readFile, rm, truncate, unlink, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  openTestBrowser,
  type InPage,
  type TestBrowser,
  type TestPage,
} from "../../../testing/browser/browser.ts";
import { inChrome } from "../../../testing/browser/launch.ts";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import type { Decoded, Outcome } from "./decode-page.ts";

let browser: TestBrowser;
let page: TestPage;
let inPage: InPage<typeof import("./decode-page.ts")>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "vl-reward-pictures-"));
  browser = await openTestBrowser();
  page = await browser.openPage();
  inPage = page.module<typeof import("./decode-page.ts")>("test/image/decode/decode-page.ts");
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

test("input: a picture in 19 forms → the same pixels", async () => {
  const base64 = await readFile(`${GOLDEN_ROOT}images/small.png`, "base64");
  const expected = await inPage.decodeFile(base64, "");
  expect(expected).not.toHaveProperty("error");
  const forms = await inPage.decodeForms(base64);
  expect(Object.keys(forms)).toHaveLength(19);
  for (const [name, outcome] of Object.entries(forms)) expect(outcome, name).toEqual(expected);
});

test("input: a file that is not a picture → InputError that names it", async () => {
  const forms = await inPage.refuseForms();
  page.takeErrors(); // the browser's own lines of the revoked URL
  const messages = Object.fromEntries(
    Object.entries(forms).map(([name, outcome]) => {
      expect(outcome, name).toMatchObject({ error: "InputError" });
      return [name, "message" in outcome ? outcome.message : ""];
    }),
  );
  const got = (name: string): string | undefined => /, got (.*)\.$/.exec(messages[name] ?? "")?.[1];
  expect(got("null")).toBe("null");
  expect(got("undefined")).toBe("undefined");
  expect(got("number")).toBe("number");
  expect(got("object")).toBe("Object");
  expect(got("list")).toBe("Array");
  expect(got("map")).toBe("Map");
  expect(got("element")).toBe("HTMLParagraphElement");
  expect(messages["empty image"]).toContain("no address yet");
  expect(messages["empty video"]).toContain("no frame yet");
  expect(messages["empty canvas"]).toContain("is empty");
  expect(messages["closed frame"]).toContain("is empty");
  expect(messages["read response"]).toContain("body was not read");
  expect(messages["failed response"]).toContain("HTTP status 503");
  expect(messages["revoked"]).toContain("not revoked, and that the page's CSP");
  expect(messages["damaged data URL"]).toContain("base64 is not valid");
});

test("input: a video → its frame", async () => {
  const outcome = (await inPage.decodeVideo()) as Decoded;
  const [red = 0, green = 255, blue = 255] = Buffer.from(outcome.data, "base64");
  expect([outcome.width, outcome.height]).toEqual([32, 16]);
  expect(red).toBeGreaterThan(240);
  expect(Math.max(green, blue)).toBeLessThan(15);
});

test("input: ImageData in Display P3 → sRGB, as the browser converts a bitmap", async () => {
  const { pixels, bitmap, float } = await inPage.decodeP3();
  const [got, expected] = [pixels, bitmap].map((one) =>
    Buffer.from((one as Decoded).data, "base64"),
  );
  const steps = [...(got ?? [])].map((byte, i) => Math.abs(byte - (expected?.[i] ?? -99)));
  expect(steps).toHaveLength(1024);
  expect(Math.max(...steps)).toBeLessThanOrEqual(1);
  expect(float).toMatchObject({ error: "InputError" });
});

test("input: a chosen file that changes or is deleted → an error: choose it again", async () => {
  const png = await readFile(`${GOLDEN_ROOT}images/small.png`);
  const file = path.join(folder, "picture.png");
  await writeFile(file, png);
  await choose(file);
  expect(await inPage.decodeChosen()).not.toHaveProperty("error");
  await writeFile(file, Buffer.concat([png, png]));
  await utimes(file, new Date(), new Date(Date.now() + 60_000));
  // Firefox reads what the file had when it was chosen, if it still can.
  if (inChrome) await expectChooseAgain(await inPage.decodeChosen());
  await unlink(file);
  await expectChooseAgain(await inPage.decodeChosen());
});

test("input: a film of 2.5 GB chosen as a picture → named from its first bytes", async () => {
  const file = path.join(folder, "film.mov");
  await writeFile(file, Buffer.from("\0\0\0\x14ftypqt  \0\0\0\0qt  "));
  await truncate(file, 2_500_000_000);
  await choose(file);
  const outcome = await inPage.decodeChosen();
  expect(outcome).toMatchObject({ error: "InputError" });
  expect("message" in outcome && outcome.message).toContain('a file of brand "qt  "');
});

test("input: a PNG of 2.5 GB → too large, read no further than its first bytes", async () => {
  const file = path.join(folder, "huge.png");
  await writeFile(file, await readFile(`${GOLDEN_ROOT}images/small.png`));
  await truncate(file, 2_500_000_000);
  await choose(file);
  const outcome = await inPage.decodeChosen();
  expect("message" in outcome && outcome.message).toContain(
    "the file is too large: expected at most",
  );
});

async function choose(file: string): Promise<void> {
  if ((await page.page.$("input")) === null) await inPage.addFileField();
  const field = await page.page.$("input");
  if (field === null) throw new Error("no file field");
  await (field as unknown as { uploadFile: (name: string) => Promise<void> }).uploadFile(file);
}

async function expectChooseAgain(outcome: Outcome): Promise<void> {
  expect(outcome).toMatchObject({ error: "InputError" });
  expect("message" in outcome && outcome.message).toContain("Choose it again");
}
