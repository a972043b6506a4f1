/**
 * States of the page that need no engine, or one that behaves badly on purpose (`fake-engine.ts`).
 */
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { faintTexts, misfits } from "../../testing/demo/looks.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { REFERENCE_SCORES, visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";

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

/** Visits, and at the end finds no error and no request that left the origin. */
async function during(
  query: string,
  look: (visitor: Visitor) => Promise<void>,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<void> {
  const visitor = await visit(browser, served, query, prepare);
  await look(visitor);
  expect(visitor.errors).toEqual([]);
  const origin = new URL(served.url).origin;
  expect(visitor.requests.filter((url) => new URL(url).origin !== origin)).toEqual([]);
  await visitor.page.close();
}

const plain = (text: string): string => text.replaceAll("\u00a0", " ").replaceAll(/\s+/g, " ");

describe("page: WebGPU missing", () => {
  const removeGpu = (page: Page): Promise<unknown> =>
    page.evaluateOnNewDocument(() => {
      Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
    });

  it("page: no navigator.gpu → steps for this browser, a recorded result, no engine started", async () => {
    await during(
      "",
      async (visitor) => {
        await visitor.page.waitForSelector("#no-webgpu");
        expect(await visitor.text("#no-webgpu details[open] summary")).toContain("Chrome");
        await visitor.page.waitForSelector("#verdict");
        const ranking = await visitor.ranking();
        expect(ranking.map(({ letter }) => letter)).toEqual(["B", "A", "C", "D"]);
        expect(ranking[0]?.score).toBeCloseTo(Math.max(...REFERENCE_SCORES), 2);
        expect(await visitor.text(".recorded .hint")).toContain("not computed here");
        const isShown = await visitor.page.$eval(".recorded img", async (image) => {
          await image.decode();
          return image.naturalWidth > 0;
        });
        expect(isShown).toBe(true);
        // Only scoring needs a GPU.
        await visitor.page.click('nav a[href="#report"]');
        await visitor.page.waitForSelector("#report-files");
        expect(visitor.page.workers()).toHaveLength(0);
      },
      removeGpu,
    );
  });

  it("page: WebGPU without an adapter → says so", async () => {
    await during(
      "",
      async (visitor) => {
        await visitor.page.waitForSelector("#no-webgpu");
        expect(await visitor.text("#no-webgpu")).toContain("no graphics adapter");
        // This Chrome is new enough: the way out is another one.
        expect(await visitor.text("#no-webgpu")).not.toContain("Update to");
        expect(await visitor.text("#no-webgpu")).toContain("graphics acceleration");
      },
      (page) =>
        page.evaluateOnNewDocument(() => {
          GPU.prototype.requestAdapter = () => Promise.resolve(null);
        }),
    );
  });
});

describe("page: loading and stopping", () => {
  it("page: a slow download → stage, bytes, rate, time left and the file", async () => {
    await during("?model=./slow/", async (visitor) => {
      await visitor.page.waitForSelector("#loading progress[max]");
      expect(plain(await visitor.text("#loading"))).toBe(
        "Downloading… 6.2 GB of 16.6 GB · 48.0 MB/s · about 4 min left · " +
          "model-00002-of-00004.safetensors Cancel",
      );
      const value = await visitor.page.$eval("#loading progress", (bar) => bar.value);
      expect(value).toBeCloseTo(6.2 / 16.6, 6);
      expect(await visitor.text("#announcement")).toContain("30 percent");
    });
  });

  it("page: Stop while a scoring runs → it ends, without an error card", async () => {
    await during("?model=./endless/", async (visitor) => {
      await visitor.page.waitForSelector("#scoring");
      await visitor.page.click("#stop");
      await visitor.page.waitForSelector("#stop", { hidden: true });
      expect(await visitor.page.$$("#fault, #scoring")).toHaveLength(0);
    });
  });

  it("page: a sample chosen while another is scored → only the last one counts", async () => {
    await during("", async (visitor) => {
      await visitor.page.waitForSelector("#verdict");
      await visitor.scoredAfter(async () => {
        await visitor.page.evaluate(() => {
          const [, second, third] = document.querySelectorAll<HTMLElement>(".sample");
          second?.click();
          third?.click();
        });
      });
      expect(await visitor.text(".sample[aria-pressed=true]")).toBe("Compare two bars");
      const prompt = await visitor.page.$eval(
        "#prompt",
        (field) => (field as HTMLTextAreaElement).value,
      );
      expect(prompt).toBe("Is red higher than blue?");
      expect(await visitor.page.$$(".stale")).toHaveLength(0);
    });
  });
});

describe("page: faults by class", () => {
  it("page: a GPU that fails → its card, and the engine starts again on request", async () => {
    await during("?model=./gpu-fails/", async (visitor) => {
      await visitor.page.waitForSelector('#fault[data-code="gpu"]');
      expect(await visitor.text(".fault-message")).toContain("the device was lost");
      let starts = 0;
      visitor.page.on("workercreated", () => (starts += 1));
      await visitor.page.click("#again");
      // The fake fails again immediately, so the test may never see the card disappear.
      // The library’s worker and the sealed engine.
      await expect.poll(() => starts).toBe(2);
      await visitor.page.waitForSelector('#fault[data-code="gpu"]');
      await expect.poll(() => visitor.page.workers().length).toBe(2);
    });
  });

  it("page: a hardware adapter → its name, and no word about software", async () => {
    await during("", async (visitor) => {
      await visitor.page.waitForSelector("#machine");
      expect(await visitor.text("#adapter")).toBe("apple metal-3: Apple M5 Max");
      expect(await visitor.text("#kernels")).toBe(
        "apple: matmul shared, quantised shared-low, attention workgroup-tall · the fastest when this adapter was first met",
      );
      expect(await visitor.page.$$(".software")).toHaveLength(0);
    });
  });
});

describe("page: every screen", () => {
  it.each(["light", "dark"])(
    "page: 320 px wide, %s → nothing sticks out, targets of 24 px",
    async (scheme) => {
      await during(
        "",
        async (visitor) => {
          await visitor.page.waitForSelector("#verdict");
          await visitor.page.$$eval("details", (all) => all.forEach((each) => (each.open = true)));
          const { over, small } = await visitor.page.evaluate(misfits);
          expect(over).toBe(0);
          expect(small).toEqual([]);
        },
        async (page) => {
          await page.setViewport({ width: 320, height: 800 });
          await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        },
      );
    },
  );

  it.each(["light", "dark"])(
    "page: %s → text has a contrast of 4.5 to 1 on its own ground",
    async (scheme) => {
      await during(
        "",
        async (visitor) => {
          await visitor.page.waitForSelector("#verdict");
          expect(await visitor.page.evaluate(faintTexts)).toEqual([]);
        },
        (page) => page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]),
      );
    },
  );
});
