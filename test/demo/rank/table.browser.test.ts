/**
 * Rank's table with an engine that computes nothing: files of prompts are read and checked, ranked,
 * stopped and gone on with, looked at, and taken away.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { REFUSED } from "../../../testing/demo/fake-engine.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { giveTable, jsonl, promptRows, rankAll } from "../../../testing/demo/table-driver.ts";
import { visit } from "../../../testing/demo/visitor.ts";
import type { Visitor } from "../../../testing/demo/visitor.ts";
import { violations } from "../../../testing/demo/axe.ts";
import { faintTexts, misfits } from "../../../testing/demo/looks.ts";

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

const SLOW = { timeout: 60_000 };
const picture = readFileSync("weights/tiny-vl-reward/samples/01-tallest-bar.png");
const dataUrl = `data:image/png;base64,${picture.toString("base64")}`;

/** Visits the table in a browser of its own storage; finds no error. */
async function during(
  look: (visitor: Visitor) => Promise<void>,
  query = "#rank/file",
): Promise<void> {
  const context = await browser.createBrowserContext();
  const visitor = await visit({ newPage: () => context.newPage() }, served, query);
  await visitor.page.waitForSelector("#rank-files", SLOW);
  await visitor.page.waitForSelector("#machine", SLOW);
  await look(visitor);
  expect(visitor.errors).toEqual([]);
  await context.close();
}

const cells = async (page: Page, selector: string): Promise<string[]> =>
  await page.$$eval(selector, (all) => all.map((one) => (one.textContent ?? "").trim()));

it("table: every shape of row, pictures inside and beside, wrong lines among them → rows and list before the model runs", async () => {
  await during(async ({ page, text }) => {
    const rows = [
      { id: "natural", prompt: "One?", image: dataUrl, responses: ["a", "bb"] },
      { id: "beside", question: "Two?", images: ["pictures/p.png"], candidates: ["a", "bb"] },
      {
        id: "parts",
        messages: [
          {
            role: "user",
            content: [
              { type: "image_url", image_url: { url: dataUrl } },
              { type: "text", text: "Three?" },
            ],
          },
        ],
        responses: ["a", "bb"],
      },
      { id: "pair", prompt: "Four?", chosen: "a", rejected: "bb" },
      {
        id: "turns",
        messages: [
          { role: "user", content: "x" },
          { role: "assistant", content: "y" },
          { role: "user", content: "Five?" },
        ],
        responses: ["a", "bb", "c"],
      },
      { prompt: "Six?", response: "a" },
      { prompt: "Six?", response: "bb" },
      { id: "missing", prompt: "Seven?", image: "elsewhere.png", responses: ["a", "bb"] },
      { id: "none", prompt: "Eight?" },
    ];
    const broken = `${jsonl(rows)}{"prompt": \n`;
    await giveTable(page, { "rows.jsonl": broken, "p.png": picture, "unused.png": picture });
    expect(await text("#table-facts")).toBe("6 prompts · 13 responses");
    expect(await cells(page, ".row-id")).toEqual([
      "natural",
      "beside",
      "parts",
      "pair",
      "turns",
      "row 6",
    ]);
    expect(await cells(page, ".row-button")).toEqual([
      "One?",
      "Two?",
      "Three?",
      "Four?",
      "Five?",
      "Six?",
    ]);
    expect(await cells(page, ".row-best")).toEqual(Array(6).fill("–"));
    await page.click("#wrong-rows summary");
    const wrong = await cells(page, "#wrong-rows li");
    expect(wrong.map((line) => /row \d+|line \d+/.exec(line)?.[0] ?? "").toSorted()).toEqual([
      "line 10",
      "row 8",
      "row 9",
    ]);
    expect(wrong.join(" ")).toContain("elsewhere.png");
    // Both the pictures inside and the one beside are shown.
    await page.waitForFunction(() => document.querySelectorAll("img.thumb").length === 3, SLOW);
    // The picture that was missing is given later: its row is right then.
    await page.click("#leave-table");
    await giveTable(page, {
      "rows.jsonl": jsonl(rows),
      "p.png": picture,
      "elsewhere.png": picture,
    });
    expect(await text("#table-facts")).toBe("7 prompts · 15 responses");
  });
});

it("table: CSV, a JSON list, pasted rows, and a file that is none → rows; the error at the field", async () => {
  await during(async ({ page, text }) => {
    await giveTable(page, { "a.csv": 'prompt,response_1,response_2\nWhy?,"a, b",c\n' });
    expect(await text("#table-facts")).toBe("1 prompts · 2 responses");
    await page.click("#leave-table");
    await giveTable(page, { "b.json": JSON.stringify(promptRows(3)) });
    expect(await text("#table-facts")).toBe("3 prompts · 8 responses");
    await page.click("#leave-table");
    // VL-RewardBench as it is published: pictures within the parquet file.
    await giveTable(page, {
      "v.parquet": readFileSync("test/evaluate/golden/vl-rewardbench.parquet"),
    });
    await page.waitForFunction(
      () =>
        [...document.images].some(
          ({ className, naturalWidth }) => className === "thumb" && naturalWidth > 0,
        ),
      SLOW,
    );
    expect(await page.$$eval(".prompt-row", (all) => all.length)).toBeGreaterThan(2);
    await page.click("#leave-table");
    await page.type("#rank-rows", '{"prompt": "Why?", "responses": ["a", "b"]}');
    await page.click("#read-rows");
    await page.waitForSelector("#table-title");
    expect(await text("#table-facts")).toBe("1 prompts · 2 responses");
    await page.click("#leave-table");
    await page.type("#rank-rows", "only words");
    await page.click("#read-rows");
    await page.waitForSelector("#rank-files-fault");
    expect(await page.$eval("#rank-files", (one) => one.getAttribute("aria-invalid"))).toBe("true");
  });
});

it("table: ranked, closest first, a row opened and explained by keyboard → best, margin, verdict, reasons", async () => {
  await during(async ({ page, text }) => {
    await giveTable(page, {
      "rows.jsonl": jsonl([
        ...promptRows(9),
        { id: "bad", prompt: "?", responses: [REFUSED, "b"] },
      ]),
    });
    await rankAll(page);
    expect(await text("#table-summary")).toMatch(
      /^9 of 10 prompts are ranked\. 2 ties · \d+ close calls? · 1 failed/,
    );
    expect((await cells(page, ".row-best")).slice(0, 2)).toMatchObject([
      expect.stringMatching(/^A\s+The same 0\.$/),
      expect.stringMatching(/^B\s+This one is the longer/),
    ]);
    expect((await cells(page, ".row-margin"))[0]).toBe("tie");
    await page.select("#rank-filter", "failed");
    expect(await cells(page, ".row-id")).toEqual(["bad"]);
    await page.click(".row-button");
    expect(await text("#opened-row")).toContain("6,660 tokens are too many");
    await page.select("#rank-filter", "all");
    await page.select("#rank-order", "closest");
    expect((await cells(page, ".row-margin")).slice(0, 2)).toEqual(["tie", "tie"]);
    expect((await cells(page, ".row-id")).at(-1)).toBe("bad");
    await page.focus('[data-row="1"] .row-button');
    await page.keyboard.press("Enter");
    await page.waitForSelector("#opened-row .places");
    const letters = await cells(page, "#opened-row .place .letter");
    expect([letters[0], letters.toSorted()]).toEqual(["B", ["A", "B", "C"]]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#why h3, #why .why-lead, #why p", SLOW);
    await page.select("#rank-group", "a");
    expect((await cells(page, ".row-id")).every((id) => Number(id.slice(4)) % 3 === 0)).toBe(true);
  });
});

it("table: stopped in the middle, gone on with → what is done stays, nothing is scored twice", async () => {
  await during(async ({ page, text }) => {
    await giveTable(page, { "rows.jsonl": jsonl(promptRows(60)) });
    await page.click("#run-table");
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLElement>("#table-progress")?.dataset["done"]) >= 5,
      SLOW,
    );
    expect(await text("#table-progress")).toMatch(/\d+ of 60 · [\d.]+ rows\/s · /);
    await page.click("#stop-table");
    await page.waitForSelector("#run-table");
    const [, done = ""] = /^(\d+) of 60/.exec(await text("#table-summary")) ?? [];
    expect(Number(done)).toBeGreaterThanOrEqual(5);
    expect(Number(done)).toBeLessThan(60);
    expect(await text("#run-table")).toBe(`Go on with ${60 - Number(done)} prompts`);
    const scored = await cells(page, ".row-margin");
    await rankAll(page);
    expect(await text("#table-summary")).toContain("60 of 60 prompts");
    const after = await cells(page, ".row-margin");
    for (const [i, one] of scored.entries()) if (one !== "–") expect(after[i]).toBe(one);
  }, "?model=./unhurried/#rank/file");
});

it("table: taken away → CSV without a formula, JSONL that pairs reads, pairs with the judge, the closest to Label", async () => {
  await during(async ({ page, saved, text }) => {
    await giveTable(page, {
      "rows.jsonl": jsonl([
        {
          id: "f",
          prompt: "=1+1",
          image: dataUrl,
          responses: ["=2", "a longer one, of many words"],
        },
        ...promptRows(8),
      ]),
    });
    await rankAll(page);
    const csv = (await saved("#table-csv")).split("\r\n");
    expect(csv[0]).toBe(
      "id,row,group,place,response_number,score,margin_to_next,p_over_next,prompt,response,model,revision,weights,head",
    );
    expect(csv[2]).toMatch(
      /^f,"rows\.jsonl, row 1",,2,1,[-\d.]+,,,"'=1\+1","'=2",http.*\/model\/,,stored,$/,
    );
    const lines = (await saved("#table-jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(9);
    expect(lines[0]).toMatchObject({
      id: "f",
      messages: [{ content: [{ image: dataUrl }, { text: "=1+1" }] }],
      responses: ["=2", "a longer one, of many words"],
      order: [1, 0],
      vl_reward: { weights: "stored" },
    });
    const pairs = (await saved("#table-pairs"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    // Rows 0 and 7 have twice the same text.
    expect(pairs).toHaveLength(7);
    expect(pairs[0]).toMatchObject({
      images: [dataUrl],
      vl_reward: { id: "f", weights: "stored" },
    });
    expect(JSON.stringify(pairs[0])).not.toContain("unknown");
    expect(await text("#table-told")).toContain("7 pairs of 7 of 9 ranked prompts.");
    expect(await text("#table-told")).toContain("2 dropped: same text.");
    await page.$eval("#rank-margin", (field) => ((field as HTMLInputElement).value = ""));
    await page.type("#rank-margin", "x");
    await page.click("#table-pairs");
    await page.waitForSelector("#rank-margin-fault");
    await page.click("#label-closest");
    await page.waitForSelector("#label-pair", SLOW);
    expect(await text("#label-progress")).toContain("9");
  });
});

it("table: pictures on the web → fetched after consent alone, and their rows are ranked then", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("access-control-allow-origin", "*");
    if (request.url === "/p.png") response.end(picture);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await during(async ({ page, text, errors }) => {
    const rows = [
      { id: "near", prompt: "a?", responses: ["a", "bb"] },
      { id: "far", prompt: "b?", image: `${origin}/p.png`, responses: ["a", "bb"] },
      { id: "gone", prompt: "c?", image: `${origin}/q.png`, responses: ["a", "bb"] },
    ];
    await giveTable(page, { "rows.jsonl": jsonl(rows) });
    expect(await text("#far-pictures")).toContain(`2 pictures are on the web, on 127.0.0.1:`);
    expect(await text("#run-table")).toBe("Rank 1 prompts");
    expect(asked).toEqual([]);
    await page.click("#fetch-pictures");
    await page.waitForFunction(() => document.querySelectorAll("img.thumb").length === 1, SLOW);
    expect(asked.toSorted()).toEqual(["/p.png", "/q.png"]);
    await page.waitForSelector("#run-table");
    expect(await text("#run-table")).toBe("Rank 2 prompts");
    await rankAll(page);
    expect(await text("#table-summary")).toContain("2 of 3 prompts");
    // The browser itself writes that an address was not there.
    errors.splice(0, errors.length, ...errors.filter((line) => !line.includes("404")));
  });
  server.close();
});

it("table: 5,000 rows → read in turns with the drawing, a page of rows at a time; keys turn the pages", async () => {
  await during(async ({ page, text }) => {
    // Values of the bar that were drawn while rows were read.
    await page.evaluate(() => {
      globalThis.drawn = new Set();
      new MutationObserver(() => {
        const bar = document.querySelector<HTMLProgressElement>("#rank-reading progress[max]");
        if (bar !== null) globalThis.drawn.add(bar.value);
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await giveTable(page, { "rows.jsonl": jsonl(promptRows(5000)) });
    expect(await text("#table-facts")).toContain("5,000 prompts");
    expect(await page.$$eval(".prompt-row", (all) => all.length)).toBe(50);
    expect(await text("#page-number")).toBe("Page 1 of 100");
    await page.focus("#page-next");
    await page.keyboard.press("Enter");
    await page.waitForSelector('[data-row="50"]');
    const drawn = await page.evaluate(() => globalThis.drawn.size);
    expect(drawn).toBeGreaterThan(2);
  });
});

it("table: each state in both languages and themes, at 320, 390, 768 and 1280 px → axe clean, nothing sticks out", async () => {
  const long = "x".repeat(200);
  await during(async ({ page }) => {
    const rows = [
      { id: long, prompt: `Why ${long}?`, image: dataUrl, responses: [long, "b"], category: long },
      { prompt: "مرحبا كيف الحال؟", responses: ["نعم", "لا", REFUSED] },
      { prompt: "no response" },
      ...promptRows(60),
    ];
    const look = async (what: string): Promise<void> => {
      for (const width of [320, 390, 768, 1280]) {
        await page.setViewport({ width, height: 900 });
        const { over, small } = await page.evaluate(misfits);
        expect([over, small], `${what} at ${width}`).toEqual([0, []]);
      }
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        expect(await violations(page), `${what}, ${value}`).toEqual([]);
        expect(await page.evaluate(faintTexts), `${what}, ${value}`).toEqual([]);
      }
    };
    await look("start");
    await giveTable(page, { "rows.jsonl": jsonl(rows) });
    await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
    await rankAll(page);
    await page.click(".row-button");
    await page.waitForSelector("#opened-row .places");
    await page.click("#table-pairs");
    await page.waitForSelector("#table-told");
    await look("ranked, a row open");
    await page.click("#language");
    await page.waitForFunction(() => document.documentElement.lang === "ja");
    await look("ranked, in Japanese");
  });
}, 120_000);

declare global {
  var drawn: Set<number>;
}
