/** A report's plots are drawn as wide as they are shown, with letters that can be read. */
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../../testing/browser/launch.ts";
import { misfits, plotLooks } from "../../../testing/demo/looks.ts";
import { servePage } from "../../../testing/demo/page-server.ts";
import type { ServedPage } from "../../../testing/demo/page-server.ts";
import { visit } from "../../../testing/demo/visitor.ts";

let browser: Browser;
let served: ServedPage;

const LONG = { timeout: 60_000 };

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

it("report: its plots at 1280, 768 and 320 px → drawn at the width they are shown, letters of 11 px or more, no title on a tick, nothing cut; the form stays beside it", async () => {
  const visitor = await visit(browser, served, "#report");
  const { page, errors } = visitor;
  await page.waitForSelector("#machine", LONG);
  const lines = Array.from({ length: 30 }, (_, n) => {
    const [chosen, rejected] = [`Answer ${"a ".repeat(n % 7)}${n}.`, `Answer ${n}, ${n % 3}.`];
    const category = ["a short one", "one with a name that is too long for the room beside a plot"];
    return JSON.stringify({
      id: `${n}`,
      prompt: `Q ${n}?`,
      chosen,
      rejected,
      category: category[n % 2],
    });
  });
  const bytes = [...new TextEncoder().encode(lines.join("\n"))];
  await visitor.give("drop", { name: "pairs.jsonl", type: "application/jsonl", bytes });
  await page.waitForSelector("#report-chosen b", LONG);
  await page.click("#run-report");
  await page.waitForSelector(".plot svg", LONG);
  const widths: number[] = [];
  for (const width of [1280, 768, 320]) {
    await page.setViewport({ width, height: 900 });
    // The plots follow the width of their place.
    await page.waitForFunction(
      (wanted) =>
        innerWidth === wanted &&
        [...document.querySelectorAll(".plot svg")].every(
          (svg) =>
            Math.abs(svg.getBoundingClientRect().width - Number(svg.getAttribute("width"))) < 1,
        ),
      LONG,
      width,
    );
    const looks = await page.evaluate(plotLooks);
    expect(looks).toHaveLength(4);
    for (const look of looks) {
      expect(look.scale).toBeCloseTo(1, 2);
      expect(look.least).toBeGreaterThanOrEqual(11);
      expect(look.touching, `${width}`).toEqual([]);
      expect(look.cut, `${width}`).toEqual([]);
    }
    expect(await page.evaluate(misfits), `${width}`).toEqual({ over: 0, small: [] });
    widths.push(looks[0]?.width ?? 0);
  }
  expect(new Set(widths).size).toBe(3);
  // No column of nothing: the form is in sight beside the end of the report.
  await page.setViewport({ width: 1280, height: 900 });
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
  const top = await page.$eval(".question", (form) => form.getBoundingClientRect().top);
  expect(top).toBeGreaterThanOrEqual(0);
  expect(top).toBeLessThan(200);
  expect(errors).toEqual([]);
  await page.close();
}, 120_000);
