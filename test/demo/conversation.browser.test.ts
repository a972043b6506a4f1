/**
 * A whole conversation in Score, with an engine that computes nothing: several pictures, earlier
 * turns, a system prompt, JSON, and what is there after a reload.
 */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { violations } from "../../testing/demo/axe.ts";
import { ECHO } from "../../testing/demo/fake-engine.ts";
import {
  cutTexts,
  doubledStops,
  faintTexts,
  foreignTexts,
  misfits,
} from "../../testing/demo/looks.ts";
import { PAGE_STATES } from "../../testing/demo/page-states.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Pictures of three sizes in bytes, by which the engine's answer tells them apart. */
const svg = (padding: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>${" ".repeat(padding)}`;
const SIZES = [1, 2, 3].map((padding) => svg(padding).length);

/** Drops files on the page, all of them together. */
async function drop(page: Page, names: readonly (readonly [string, string])[]): Promise<void> {
  await page.evaluate((all) => {
    const transfer = new DataTransfer();
    for (const [name, text] of all) {
      transfer.items.add(new File([text], name, { type: "image/svg+xml" }));
    }
    const event = new DragEvent("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: transfer });
    document.body.dispatchEvent(event);
  }, names);
}

/** Puts a text into a field as a whole, as a paste does. */
async function fill(page: Page, selector: string, text: string): Promise<void> {
  const write = (field: Element, value: string): void => {
    (field as HTMLTextAreaElement).value = value;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  await page.$eval(selector, write, text);
}

const focused = async (page: Page): Promise<string> =>
  await page.evaluate(() => document.activeElement?.id ?? "");

const names = async (page: Page): Promise<string[]> =>
  await page.$$eval("#pictures-question .turn-picture-name", (all) =>
    all.map((one) => one.textContent?.replace(/^\d+ · /, "") ?? ""),
  );

/** What the engine was given, as it says it in place of a score. */
async function seen(page: Page): Promise<unknown> {
  await page.click("#score");
  await page.waitForSelector("#score-fault");
  const said = await page.$eval("#score-fault", (one) => one.textContent ?? "");
  return JSON.parse(said.slice(said.indexOf("[["), said.lastIndexOf("]]") + 2));
}

const saved = async (page: Page): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 400));
  await page.waitForSelector('#sessions-button[data-saved="true"]');
};

it("conversation: pictures dropped together, put in order, an earlier turn, JSON → the engine gets exactly that, after a reload too", async () => {
  const { page, errors } = await visit(browser, served);
  await page.waitForSelector("#verdict");
  // With one picture and one turn the rest is one closed line.
  expect(await page.$eval("#context", (one) => (one as HTMLDetailsElement).open)).toBe(false);
  expect(await page.$$("#context textarea, #context ol")).toHaveLength(0);
  await drop(page, [
    ["a.svg", svg(1)],
    ["b.svg", svg(2)],
    ["c.svg", svg(3)],
  ]);
  await page.waitForSelector("#later-question-0");
  expect(await names(page)).toEqual(["a.svg", "b.svg", "c.svg"]);

  // By the button, and on by an arrow key: the focus goes with the picture.
  await page.click("#later-question-0");
  expect([await names(page), await focused(page)]).toEqual([
    ["b.svg", "a.svg", "c.svg"],
    "later-question-1",
  ]);
  await page.keyboard.press("ArrowRight");
  expect([await names(page), await focused(page)]).toEqual([
    ["b.svg", "c.svg", "a.svg"],
    "earlier-question-2",
  ]);
  await page.click('[aria-label="Remove c.svg"]');
  expect([await names(page), await focused(page)]).toEqual([["b.svg", "a.svg"], "undo-removal"]);
  await page.keyboard.press("Enter");
  expect(await names(page)).toEqual(["b.svg", "c.svg", "a.svg"]);

  await fill(page, "#system-prompt", "Be brief.");
  await page.click("#add-turn");
  await page.keyboard.type("Hm?");
  await page.keyboard.press("Tab");
  expect(await focused(page)).toMatch(/^assistant-/);
  await fill(page, "#prompt", "And now?");
  await page.click(".responses .icon");
  await fill(page, ".responses textarea", ECHO);
  // An empty text of an earlier turn is reported at its field, which may be closed.
  await page.click("#context summary");
  await page.waitForFunction(() => document.querySelector(".exchange") === null);
  await page.click("#score");
  expect(await focused(page)).toMatch(/^assistant-/);
  await page.keyboard.type("Oh.");
  const conversation = [
    ["system", "Be brief."],
    ["user", "Hm?"],
    ["assistant", "Oh."],
    ["user", SIZES[1], SIZES[2], SIZES[0], "And now?"],
    ["assistant", ECHO],
  ];
  expect(await seen(page)).toEqual(conversation);
  expect(await violations(page)).toEqual([]);
  await page.setViewport({ width: 320, height: 900 });
  const { over, small } = await page.evaluate(misfits);
  expect([over, small]).toEqual([0, []]);
  await page.setViewport({ width: 1280, height: 900 });

  await saved(page);
  await page.reload();
  await page.waitForSelector("#later-question-0");
  await page.waitForSelector("#machine");
  expect(await seen(page)).toEqual(conversation);

  // A removed turn is had back; JSON takes the place of all.
  await page.click(".remove-turn");
  expect(await page.$$(".exchange")).toHaveLength(0);
  await page.click("#undo-removal");
  expect(await page.$$(".exchange")).toHaveLength(1);
  const put = async (value: unknown): Promise<void> => {
    await fill(page, "#conversation-json", JSON.stringify(value));
    await page.click("#take-json");
  };
  await put({ messages: [{ role: "tool", content: "5" }] });
  expect(await focused(page)).toBe("conversation-json");
  await page.waitForSelector("#conversation-json-fault");
  const url = `data:image/svg+xml;base64,${Buffer.from(svg(9)).toString("base64")}`;
  await put({
    messages: [
      {
        role: "user",
        content: [
          { type: "image", image: "a.svg" },
          { type: "text", text: "1?" },
        ],
      },
      { role: "assistant", content: "One." },
      {
        role: "user",
        content: [
          { type: "text", text: "2?" },
          { type: "image_url", image_url: { url } },
        ],
      },
      { role: "assistant", content: ECHO },
    ],
  });
  expect(await seen(page)).toEqual([
    ["user", SIZES[0], "1?"],
    ["assistant", "One."],
    ["user", "2?", svg(9).length],
    ["assistant", ECHO],
  ]);
  expect(errors).toEqual([]);
});

it("conversation: its verdict → explained, and in the files; a session's file brings it back", async () => {
  const { page, saved: file, scoredAfter, errors } = await visit(browser, served);
  await page.waitForSelector("#verdict");
  await drop(page, [
    ["a.svg", svg(1)],
    ["b.svg", svg(2)],
  ]);
  await page.waitForSelector("#add-turn");
  await page.click("#add-turn");
  await page.keyboard.type("Before?");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Then.");
  await fill(page, "#prompt", "And now?");
  await fill(page, ".responses li:nth-child(1) textarea", "Yes.");
  await fill(page, ".responses li:nth-child(2) textarea", "Not at all.");
  // The earlier turn counts: the fake engine has a token for each character.
  await fill(page, ".exchange textarea", "x".repeat(3500));
  await page.waitForSelector('[id^="tokens-"]');
  await fill(page, ".exchange textarea", "Before?");
  await page.waitForFunction(() => document.querySelector('[id^="tokens-"]') === null);
  await scoredAfter(() => page.click("#score"));
  const messages = [
    { role: "user", content: [{ type: "text", text: "Before?" }] },
    { role: "assistant", content: "Then." },
    {
      role: "user",
      content: [
        { type: "image", image: "a.svg" },
        { type: "image", image: "b.svg" },
        { type: "text", text: "And now?" },
      ],
    },
  ];
  expect(JSON.parse(await file("#save-json"))).toMatchObject({ messages });
  const pair = await file("#save-pairs");
  for (const part of ["Before?", "Then.", "And now?", "a.svg", "b.svg"]) {
    expect(pair).toContain(part);
  }
  await page.click(".why-button");
  await page.waitForSelector('#why[data-phase="done"], #why[data-phase="part"]');
  expect(await page.$(".why-fault")).toBeNull();
  // Each picture can be looked at by itself.
  await page.waitForSelector("#why-picture");
  const shown = async (): Promise<string> => await page.$eval(".why-frame img", ({ src }) => src);
  const first = await shown();
  await page.select("#why-picture", "1");
  expect(await shown()).not.toBe(first);
  await saved(page);
  await page.click("#sessions-button");
  await page.waitForSelector("#sessions:popover-open");
  const name = path.join(await mkdtemp(path.join(tmpdir(), "vl-reward-session-")), "s.vlreward");
  await writeFile(name, await file("#export-session"));
  await page.keyboard.press("Escape");
  await page.click(".remove-turn");
  expect(await page.$$(".exchange")).toHaveLength(0);
  await page.click("#sessions-button");
  const input = (await page.$("#import-session")) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(name);
  await page.waitForSelector(".exchange");
  const texts = await page.$$eval(".exchange textarea", (all) => all.map(({ value }) => value));
  expect(texts).toEqual(["Before?", "Then."]);
  expect(await names(page)).toEqual(["a.svg", "b.svg"]);
  expect(await page.$(".stale")).toBeNull();
  // Rank asks about one picture and one prompt, and says so; rows bring a question of their own.
  await page.click('nav a[href="#rank"]');
  await page.waitForSelector("#rank-plain");
  const row = JSON.stringify({ prompt: "Another?", responses: ["Yes.", "No."] });
  await fill(page, "#rank-responses", row);
  await page.waitForFunction(() => document.querySelector("#rank-plain") === null);
  expect(errors).toEqual([]);
});

it.each(["en", "ja"])(
  "conversation: all of its section open, in %s, light and dark → fits at 320, 390 and 1280 px, can be read, axe finds nothing",
  async (language) => {
    const context = await browser.createBrowserContext();
    const own = { newPage: () => context.newPage() };
    const { page, errors } = await visit(own, served, "", async (opened) => {
      await opened.evaluateOnNewDocument(
        (name) => localStorage.setItem("vl-reward.language", name),
        language,
      );
    });
    const state = PAGE_STATES.find(({ name }) => name === "score-conversation");
    await state?.act?.(page);
    await page.waitForSelector(state?.sign ?? "", { timeout: 30_000 });
    expect(await page.$$("#context .exchange")).toHaveLength(2);
    expect(await page.$$("#pictures-question .turn-picture-name")).toHaveLength(2);
    if (language === "ja") expect(await page.evaluate(foreignTexts)).toEqual([]);
    expect(await page.evaluate(doubledStops)).toEqual([]);
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      for (const width of [320, 390, 1280]) {
        await page.setViewport({ width, height: 900 });
        const where = `${value}, ${width}`;
        expect(await page.evaluate(misfits), where).toEqual({ over: 0, small: [] });
        expect(await page.evaluate(cutTexts), where).toEqual([]);
        expect(await page.evaluate(faintTexts), where).toEqual([]);
        expect(await violations(page), where).toEqual([]);
      }
    }
    expect(errors).toEqual([]);
    await context.close();
  },
  90_000,
);
