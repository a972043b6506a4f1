/**
 * All views except Compare, with an engine that computes nothing (`fake-engine.ts`): what people
 * see and can do.
 */
import { cp } from "node:fs/promises";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { violations } from "../../testing/demo/axe.ts";
import { writeBigModel } from "./big-model.ts";
import { faintTexts, misfits } from "../../testing/demo/looks.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";

const heldout = path.resolve("weights/tiny-vl-reward/heldout");

let browser: Browser;
let served: ServedPage;
let bigBytes: number;

beforeAll(async () => {
  served = await servePage({ fake: true });
  const model = path.join(served.folder, "model");
  for (const mode of ["slow", "text-only", "unhurried", "steps"]) {
    await cp(model, path.join(served.folder, mode), { recursive: true });
  }
  bigBytes = await writeBigModel(path.join(served.folder, "big"));
  browser = await launchTestBrowser();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Visits a view, and at the end finds no error and no request that left the origin. */
async function during(
  address: string,
  look: (visitor: Visitor) => Promise<void>,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<void> {
  const visitor = await visit(browser, served, address, prepare);
  await visitor.page.waitForSelector("#machine");
  await look(visitor);
  expect(visitor.errors).toEqual([]);
  const origin = new URL(served.url).origin;
  expect(visitor.requests.filter((url) => new URL(url).origin !== origin)).toEqual([]);
  await visitor.page.close();
}

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

async function upload(page: Page, selector: string, files: readonly string[]): Promise<void> {
  const input = (await page.$(selector)) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(...files);
}

describe("page: views", () => {
  it("page: a link to a view → address, title, focus and current link follow; back goes back", async () => {
    await during("", async ({ page, text }) => {
      await page.click('nav a[href="#rank"]');
      await page.waitForSelector("#rank-responses");
      expect(await text("nav a[aria-current=page]")).toBe("Rank");
      expect(await page.title()).toBe("Rank · vl-reward");
      await page.waitForFunction(() => document.activeElement?.id === "view-title");
      await page.goBack();
      await page.waitForSelector("#score");
      expect(await text("nav a[aria-current=page]")).toBe("Score");
    });
  });

  it("page: a link to a view, typed immediately → the focus stays in the field", async () => {
    await during("", async ({ page }) => {
      const focused = page.evaluate(
        async () =>
          await new Promise((resolve) => {
            addEventListener("hashchange", () => {
              setTimeout(() => {
                document.querySelector<HTMLElement>("#rank-responses")?.focus();
                // Two frames: whatever waits for one has happened.
                requestAnimationFrame(() =>
                  requestAnimationFrame(() => resolve(document.activeElement?.id)),
                );
              });
            });
          }),
      );
      await page.click('nav a[href="#rank"]');
      expect(await focused).toBe("rank-responses");
    });
  });

  it.each(
    ["score", "rank", "report", "models"].flatMap((view) => [
      [view, "en"],
      [view, "ja"],
    ]),
  )(
    "page: %s in %s, 320 px wide → nothing sticks out, targets of 24 px, axe and contrast light and dark",
    async (view, language) => {
      const prepare = async (page: Page): Promise<void> => {
        await page.evaluateOnNewDocument((name) => {
          localStorage.setItem("vl-reward.language", name);
        }, language);
      };
      const look = async ({ page }: Visitor): Promise<void> => {
        expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
        await page.setViewport({ width: 320, height: 800 });
        expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
        for (const value of ["light", "dark"]) {
          await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
          expect(await page.evaluate(faintTexts), value).toEqual([]);
          expect(await violations(page), value).toEqual([]);
        }
        // The tests after this one share the browser's storage.
        await page.evaluate(() => localStorage.removeItem("vl-reward.language"));
      };
      await during(`#${view}`, look, prepare);
    },
  );

  it.each(["rank", "report", "models"])(
    "page: %s, Tab through all of it → every control is reached, with an outline",
    async (view) => {
      await during(`#${view}`, async ({ page }) => {
        const names = await page.evaluate(() => {
          const all = document.querySelectorAll<HTMLElement>(
            "a[href], button, textarea, select, input, summary",
          );
          const shown = [...all].filter((each) => each.checkVisibility() && each.tabIndex === 0);
          // One stop for each group of radio buttons: the one that is chosen.
          const stops = shown.filter((each) => !each.matches("[type=radio]:not(:checked)"));
          return stops.map((each, at) => (each.dataset["stop"] = String(at)));
        });
        await page.evaluate(() => {
          document.body.tabIndex = -1;
          document.body.focus();
        });
        const seen: (string | undefined)[] = [];
        for (const _ of names) {
          await page.keyboard.press("Tab");
          const now = await page.evaluate(() => {
            const element = document.activeElement as HTMLElement;
            const isFile = element.matches("input[type=file]");
            const wearer = isFile ? element.previousElementSibling : element;
            const { outlineStyle, outlineWidth } = getComputedStyle(wearer as HTMLElement);
            return { stop: element.dataset["stop"], outline: `${outlineStyle} ${outlineWidth}` };
          });
          expect(now.outline, `stop ${now.stop}`).toBe("solid 3px");
          seen.push(now.stop);
        }
        expect(new Set(seen)).toEqual(new Set(names));
      });
    },
  );
});

describe("page: rank", () => {
  it("page: five responses → places, a tie, margins; the JSON and the CSV say the same", async () => {
    await during("#rank", async ({ page, text, saved }) => {
      await page.type("#rank-responses", "Yes.\nNo!!\nThe red bar is the tallest.\nPurple.\nRed");
      expect(await text("#rank-count")).toBe("5 responses.");
      await page.click("#run-rank");
      await page.waitForSelector("#rank-result");
      const rows = await page.$$eval(".ranked-row", (all) =>
        all.map((row) => ({
          place: row.querySelector(".place-number")?.textContent?.replace(/\D/g, ""),
          best: row.hasAttribute("data-best"),
          index: (row as HTMLElement).dataset["index"],
          words: row.querySelector(".hint")?.textContent,
        })),
      );
      expect(rows).toHaveLength(5);
      expect(rows.filter(({ best }) => best)).toHaveLength(1);
      const [yes, no] = ["0", "1"].map((at) => rows.find(({ index }) => index === at));
      expect(yes?.place, "equal lengths score alike here").toBe(no?.place);
      expect(yes?.words).toContain("tied with the next");
      const json = JSON.parse(await saved("#rank-json")) as {
        ranking: { place: number; index: number; score: number }[];
      };
      expect(json.ranking.map(({ place, index }) => [String(place), String(index)])).toEqual(
        rows.map(({ place, index }) => [place, index]),
      );
      const csv = await saved("#rank-csv");
      expect(csv.trimEnd().split("\r\n")).toHaveLength(6);
      await page.type("#rank-responses", "!");
      await page.waitForSelector(".stale");
    });
  });

  it("page: one response, then 65 → says what is wrong and puts the caret there", async () => {
    await during("#rank", async ({ page, text }) => {
      await page.type("#rank-responses", "Only one");
      await page.click("#run-rank");
      await page.waitForSelector("#rank-fault");
      expect(await text("#rank-fault")).toContain("there is one");
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("rank-responses");
      await page.$eval("#rank-responses", (field) => {
        (field as HTMLTextAreaElement).value = Array.from({ length: 65 }, (_, at) => at).join("\n");
        field.dispatchEvent(new Event("input"));
      });
      await page.click("#run-rank");
      await page.waitForFunction(() =>
        document.querySelector("#rank-fault")?.textContent?.includes("65 responses"),
      );
    });
  });

  it("page: a row with its own question → its prompt, its picture asked for, its odd field named", async () => {
    await during("#rank", async ({ page, text }) => {
      // The sample's question is in the form.
      await page.waitForSelector(".picture img");
      const row = {
        prompt: "Which colour does the circle have?",
        image: "images/scene-66.png",
        responses: ["Red!", "Blue."],
        mood: "good",
      };
      await page.$eval(
        "#rank-responses",
        (field, value) => {
          (field as HTMLTextAreaElement).value = value;
          field.dispatchEvent(new Event("input"));
        },
        JSON.stringify(row),
      );
      await page.waitForFunction(
        (prompt) => document.querySelector<HTMLTextAreaElement>("#prompt")?.value === prompt,
        {},
        row.prompt,
      );
      expect(await text("#rank-count")).toBe(
        "2 responses. The prompt is theirs. Their picture: images/scene-66.png. Not used: mood.",
      );
      expect(await page.$$(".picture img")).toHaveLength(0);
      await page.click("#run-rank");
      await page.waitForSelector("#rank-fault");
      expect(await text("#picture-fault")).toContain("images/scene-66.png. Choose it.");
      await upload(page, "#picture-file", [path.join(heldout, "images/scene-66.png")]);
      await page.waitForSelector(".picture img");
      expect(await page.$$("#rank-fault, #picture-fault")).toHaveLength(0);
      await page.click("#run-rank");
      await page.waitForSelector("#rank-result");
      expect(await page.$$(".stale")).toHaveLength(0);
    });
  });

  it("page: a text-only model → no picture is asked for, and the page says why", async () => {
    await during("?model=./text-only/#rank", async ({ page, text }) => {
      expect(await text("#text-only")).toContain("Qwen3ForSequenceClassification");
      expect(await page.$$("#picture-file")).toHaveLength(0);
      await page.click('nav a[href="#score"]');
      await page.waitForSelector("#verdict");
      expect(await page.$$("#picture-file, .samples")).toHaveLength(0);
    });
  });
});

describe("page: steps", () => {
  it("page: a model that judges steps → a value for each, the least, the product, the last", async () => {
    await during("?model=./steps/", async (visitor) => {
      const { page } = visitor;
      await page.waitForSelector("#verdict");
      await visitor.scoredAfter(async () => {
        await page.$eval("textarea[id^=response]", (field) => {
          field.value = "3 + 4 = 7.\n\n2 * 7 = 15.\n\nSo 15.";
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        });
        await page.click("#score");
      });
      await page.waitForSelector(".place[data-response=A] .by-step");
      const rows = await page.$$eval(".place[data-response=A] .by-step tbody tr", (all) =>
        all.map((row) => row.innerText),
      );
      expect(rows.map((row) => row.split(/\s*\t\s*/))).toEqual([
        ["3 + 4 = 7.", expect.stringContaining("90")],
        ["2 * 7 = 15.", expect.stringContaining("70")],
        ["So 15.", expect.stringContaining("50")],
      ]);
      expect(plain(await visitor.text(".place[data-response=A] .by-step p.numbers"))).toMatch(
        /Least 50.*product 32.*last 50/,
      );
    });
  });
});

describe("page: model", () => {
  async function look(page: Page, url: string): Promise<void> {
    await page.click("input[value=url]");
    await page.waitForSelector("#model-url");
    await page.type("#model-url", url);
    await page.click("#look");
    await page.waitForSelector("#seen, #model-fault");
  }

  it("page: a model of 15 GB is looked at → its size, space and forms, from headers alone", async () => {
    await during("#models", async ({ page, text, requests }) => {
      await look(page, "./big/");
      const size = `${(bigBytes / 1e9).toFixed(1)} GB in 2 files`;
      expect(plain(await text("#download-size"))).toContain(size);
      expect(await text("#seen")).toContain("text only, no pictures");
      const fits = (): Promise<string[]> =>
        page.$$eval("[data-fit]", (all) =>
          all.map((each) => (each as HTMLElement).dataset["fit"]!),
        );
      expect(await fits()).toEqual(["streamed", "streamed", "resident"]);
      expect(
        await page.$eval("[name=form]:checked", (each) => (each as HTMLInputElement).value),
      ).toBe("q4");
      await page.select("#budget", "24");
      await expect.poll(fits).toEqual(["resident", "resident", "resident"]);
      expect(
        await page.$eval("[name=form]:checked", (each) => (each as HTMLInputElement).value),
      ).toBe("stored");
      await page.select("#budget", "1");
      await expect.poll(fits).toEqual(["streamed", "streamed", "streamed"]);
      expect(requests.filter((url) => url.endsWith("big/model.safetensors")).length).toBeLessThan(
        9,
      );
    });
  });

  it("page: a slow download → paused, resumed and cancelled, and the model before is back", async () => {
    await during("#models", async ({ page, text }) => {
      await look(page, "./slow/");
      await page.click("#load");
      await page.waitForSelector("#loading progress[max]");
      await pressAsItIs(page, "#pause");
      await page.waitForSelector("#paused");
      expect(plain(await text("#paused"))).toContain("6.2 GB of 16.6 GB are here and stay");
      await pressAsItIs(page, "#resume");
      await page.waitForSelector("#pause");
      await pressAsItIs(page, "#cancel");
      await page.waitForSelector("#ready");
      expect(await text("#ready")).toContain("Built-in");
    });
  });

  it("page: paused before the engine's first news, which come all the same → stays paused", async () => {
    await during("#models", async ({ page }) => {
      await look(page, "./slow/");
      await page.waitForSelector("#load");
      // In the page itself: a click from outside would come after the worker has begun.
      await page.evaluate(async () => {
        const press = (id: string): void => document.querySelector<HTMLElement>(id)?.click();
        press("#load");
        while (!document.querySelector("#pause")) {
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
        press("#pause");
      });
      await page.waitForSelector("#paused");
      // The worker starts, reports its progress, and is then stopped.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(await page.$("#loading")).toBeNull();
      expect(await page.$("#paused")).not.toBeNull();
    });
  });

  it("page: files of this machine → read in place, nothing is downloaded or stored", async () => {
    await during("#models", async ({ page, text, requests }) => {
      await page.click("input[value=disk]");
      await page.waitForSelector("#model-files");
      const folder = path.resolve("weights/tiny-vl-reward");
      const names = ["config.json", "model.safetensors", "value_head.safetensors"];
      const before = requests.length;
      await upload(
        page,
        "#model-files",
        names.map((name) => path.join(folder, name)),
      );
      await page.waitForSelector("#seen");
      expect(await text("#download-size")).toContain("nothing is downloaded or copied");
      expect(await page.$$("#keep")).toHaveLength(0);
      await page.click("#load");
      await page.waitForFunction(() =>
        document.querySelector("#ready")?.textContent?.includes("the chosen files"),
      );
      expect(requests.slice(before).filter((url) => url.includes("safetensors"))).toEqual([]);
    });
  });

  it("page: an invalid name, a missing folder → an error, before any click on Load", async () => {
    await during("#models", async ({ page, text }) => {
      await page.type("#hub-id", "not a name");
      await page.type("#hub-token", "hf_secret");
      await page.click("#look");
      await page.waitForSelector("#model-fault");
      expect(await text("#model-fault")).toContain("is not a name of the hub");
      const kept = await page.evaluate(() =>
        JSON.stringify([localStorage, sessionStorage, document.cookie]),
      );
      expect(kept).not.toContain("hf_secret");
    });
    const visitor = await visit(browser, served, "#models");
    await visitor.page.waitForSelector("#machine");
    await look(visitor.page, "./nowhere/");
    expect(await visitor.text("#model-fault")).toContain("config.json");
    await visitor.page.close();
  });
});

describe("page: report", () => {
  it("page: held-out pairs, stopped and continued → numbers, plots, each pair with its picture", async () => {
    await during("?model=./unhurried/#report", async ({ page, text, saved }) => {
      await upload(page, "#report-files", [
        path.join(heldout, "pairs.jsonl"),
        path.join(heldout, "images/scene-66.png"),
      ]);
      await page.waitForSelector("#report-chosen b");
      await page.click("#run-report");
      await page.waitForSelector("#running progress[max]");
      await page.click("#stop");
      await page.waitForSelector("#partial");
      expect(await text("#run-report")).toBe("Continue");
      await page.click("#run-report");
      await page.waitForSelector("#partial", { hidden: true, timeout: 60_000 });
      expect(await text("#report-result h2")).toMatch(/^Right in \d+\.\d %/);
      expect(await page.$$(".plot svg")).toHaveLength(4);
      expect(await text("#failed-rows summary")).toContain("could not be scored");
      await page.select("#pair-filter", "all");
      await page.$$eval(".pair summary", (all) =>
        all.find((each) => each.textContent?.includes("scene_color-00"))?.click(),
      );
      await page.waitForSelector(".pair[open] .pair-picture");
      const { pairs } = JSON.parse(await saved("#report-json")) as { pairs: unknown[] };
      expect(pairs.length).toBeGreaterThan(0);
      expect(await saved("#report-html")).toContain("<svg");
    });
  }, 90_000);

  it("page: two systems dropped → the better system, with details of each prompt", async () => {
    await during("#report", async ({ page, text, give }) => {
      await page.click("input[value=ab]");
      for (const [name, end] of [
        ["alpha.jsonl", "!!!!!!!!"],
        ["beta.jsonl", ""],
      ] as const) {
        const rows = ["a", "b", "c"].map((prompt) =>
          JSON.stringify({ id: prompt, prompt, response: `answer ${prompt}${end}` }),
        );
        const bytes = [...new TextEncoder().encode(rows.join("\n"))];
        await give("drop", { name, type: "application/jsonl", bytes });
      }
      await page.waitForFunction(() =>
        document.querySelector("#report-chosen")?.textContent?.includes("alpha.jsonl, beta.jsonl"),
      );
      await page.click("#run-report");
      await page.waitForSelector("#report-result");
      expect(await text("#report-result h2")).toContain("alpha");
      await page.select("#pair-filter", "all");
      await page.waitForSelector(".pair");
      await page.click(".pair summary");
      expect(await text(".pair[open] .pair-body")).toContain("answer");
    });
  });

  it("page: the judge of a report audited → effects with their intervals; stopped, it goes on", async () => {
    const lines = Array.from({ length: 12 }, (_, n) => {
      const [chosen, rejected] = [`Answer ${"a ".repeat(n % 4)}${n}.`, `Answer ${n}, ${n % 3}.`];
      return JSON.stringify({ id: `${n}`, prompt: `Question ${n}?`, chosen, rejected });
    });
    const bytes = [...new TextEncoder().encode(lines.join("\n"))];
    await during("?model=./unhurried/#report", async ({ page, text, give }) => {
      await give("drop", { name: "pairs.jsonl", type: "application/jsonl", bytes });
      await page.waitForSelector("#report-chosen b");
      await page.click("#run-report");
      await page.waitForSelector("#run-audit");
      await pressAsItIs(page, "#run-audit");
      await page.waitForSelector("#auditing progress[max]");
      await pressAsItIs(page, "#stop-audit");
      await page.waitForSelector("#run-audit");
      await pressAsItIs(page, "#run-audit");
      await page.waitForSelector("#audit #stored-result", { timeout: 60_000 });
      expect(await text("#audit h2")).toContain("unhurried");
      expect(await text("#audit")).toMatch(/flatter/);
      expect(await violations(page)).toEqual([]);
      await page.setViewport({ width: 320, height: 800 });
      expect((await page.evaluate(misfits)).over).toBe(0);
    });
  }, 90_000);

  it("page: a file that is not a table → says so; no file → says what to choose", async () => {
    await during("#report", async ({ page, text, give }) => {
      await page.click("#run-report");
      await page.waitForSelector("#report-fault");
      expect(await text("#report-fault")).toContain("Choose a file of pairs");
      await give("drop", { name: "x.jsonl", type: "application/jsonl", bytes: [123, 125, 10] });
      await page.waitForSelector("#report-fault", { hidden: true });
      await page.click("#run-report");
      await page.waitForSelector("#report-fault");
      expect(await text("#report-fault")).toContain("no benchmark has these fields");
    });
  });
});

/** Presses a button that moves while rates and times are written beside it. */
async function pressAsItIs(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector);
  await page.$eval(selector, (button) => (button as HTMLElement).click());
}
