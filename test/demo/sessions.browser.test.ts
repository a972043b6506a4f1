/**
 * Sessions with an engine that computes nothing: what a person has written and what it scored is
 * there after a reload, a crash and in a new tab; several, named, deleted, in a file.
 */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { type } from "../../testing/demo/page-acts.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { rankAndKill } from "../../testing/demo/session-driver.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";
import { violations } from "../../testing/demo/axe.ts";
import { faintTexts, misfits } from "../../testing/demo/looks.ts";

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

/** Visits the page in a browser of its own storage; finds no error. */
async function during(
  look: (visitor: Visitor) => Promise<void>,
  query = "",
  prepare?: (page: Page) => Promise<unknown>,
): Promise<void> {
  const context = await browser.createBrowserContext();
  const own = { newPage: () => context.newPage() } as Browser;
  const visitor = await visit(own, served, query, prepare);
  await visitor.page.waitForSelector("#machine", SLOW);
  await look(visitor);
  expect(visitor.errors).toEqual([]);
  await context.close();
}

async function fill(page: Page, selector: string, text: string): Promise<void> {
  await page.$eval(selector, (field) => ((field as HTMLTextAreaElement).value = ""));
  await page.type(selector, text);
}

/** Writes an own question and scores it. */
async function scoreOwn(page: Page, prompt: string): Promise<void> {
  await page.waitForSelector("#verdict", SLOW);
  await fill(page, "#prompt", prompt);
  await page.click("#score");
  await page.waitForFunction(() => document.querySelector(".stale") === null, SLOW);
  await saved(page);
}

const saved = async (page: Page): Promise<unknown> =>
  await page.waitForSelector('#sessions-button[data-saved="true"]', SLOW);

const promptOf = async (page: Page): Promise<string> =>
  await page.$eval("#prompt", (field) => (field as HTMLTextAreaElement).value);

async function openPanel(page: Page): Promise<void> {
  await page.click("#sessions-button");
  await page.waitForSelector("#sessions:popover-open");
  await page.waitForSelector(".session-list li", SLOW);
}

const sessionNames = async (page: Page): Promise<string[]> =>
  await page.$$eval(".session-list b", (all) => all.map((one) => one.textContent ?? ""));

/** Waits for these names, in any order: the panel shows its last list until it has read again. */
async function listed(page: Page, names: readonly string[]): Promise<void> {
  await expect.poll(async () => (await sessionNames(page)).toSorted(), SLOW).toEqual(names);
}

it("sessions: the question, its picture and its scores → there after a reload, and after typing alone", async () => {
  await during(async ({ page, ranking }) => {
    await scoreOwn(page, "Is it kept?");
    const scored = await ranking();
    expect(scored).toHaveLength(4);
    await page.reload();
    await page.waitForSelector("#verdict", SLOW);
    expect(await promptOf(page)).toBe("Is it kept?");
    expect(await ranking()).toEqual(scored);
    expect(await page.$(".stale")).toBeNull();
    await page.waitForFunction(
      () => (document.querySelector<HTMLImageElement>(".picture img")?.naturalWidth ?? 0) > 0,
      SLOW,
    );
    // What is typed and not scored stays too.
    await page.type("#prompt", " Really?");
    await saved(page);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await saved(page);
    await page.reload();
    await page.waitForSelector("#verdict", SLOW);
    expect(await promptOf(page)).toBe("Is it kept? Really?");
    await page.waitForSelector(".stale");
  });
});

/**
 * Writes down when the database has kept a part of the session, and when a score is shown; runs in
 * the page before its code.
 */
function noteOrder(): void {
  const order: string[] = [];
  Object.assign(globalThis, { order });
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function noted(value: unknown, ...key) {
    const { name, value: kept } = value as { name?: string; value?: { result?: unknown } };
    const hasResult = name === "verdict" ? kept !== undefined : kept?.result !== undefined;
    if ((name === "verdict" || name === "rank") && hasResult) {
      this.transaction.addEventListener("complete", () => order.push(`${name} kept`));
    }
    return put.call(this, value, ...key);
  };
  let before = "";
  new MutationObserver(() => {
    for (const [name, selector] of [
      ["verdict", "#verdict"],
      ["rank", "#rank-result"],
    ] as const) {
      const shown = document.querySelector(selector)?.textContent ?? "";
      if (shown.includes("to keep") && !before.includes(name)) {
        before += name;
        order.push(`${name} shown`);
      }
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

it("sessions: what Score and Rank have scored → shown only once it is kept", async () => {
  await during(
    async ({ page, scoredAfter }) => {
      await page.waitForSelector("#verdict", SLOW);
      await fill(page, "#prompt", "Which?");
      await page.type(".responses li:nth-child(1) textarea", " to keep");
      // The note of an earlier text goes when the scoring begins, not when it ends.
      await scoredAfter(() => page.click("#score"));
      await page.click('nav a[href="#rank"]');
      await page.waitForSelector("#rank-responses");
      await page.type("#rank-responses", "One to keep.\nAnother to keep.");
      await page.click("#run-rank");
      await page.waitForSelector("#rank-result");
      const order = await page.evaluate(() => (globalThis as unknown as { order: string[] }).order);
      const first = order.filter((each, at) => order.indexOf(each) === at);
      expect(first).toEqual(["verdict kept", "verdict shown", "rank kept", "rank shown"]);
    },
    "",
    (page) => page.evaluateOnNewDocument(noteOrder),
  );
});

it("sessions: an untouched page → keeps nothing, and begins with the example again", async () => {
  await during(async ({ page }) => {
    await page.waitForSelector("#verdict", SLOW);
    const before = await promptOf(page);
    await page.reload();
    await page.waitForSelector("#verdict", SLOW);
    expect(await promptOf(page)).toBe(before);
    expect(await page.$('#sessions-button[data-saved="true"]')).toBeNull();
  });
});

it("sessions: a tab killed in mid-work, twice → every row that was shown as done is there", async () => {
  const context = await browser.createBrowserContext();
  const report = await rankAndKill(context, served, { rows: 40, kills: 2 });
  expect(report).toEqual({ rows: 40, kills: 2, faults: [] });
  await context.close();
}, 240_000);

it("sessions: a new one, a name, deleted and had back, another tab → each as it was", async () => {
  await during(async ({ page }) => {
    await scoreOwn(page, "The first?");
    await openPanel(page);
    await page.click("#new-session");
    await page.waitForFunction(
      () => (document.querySelector("#prompt") as HTMLTextAreaElement).value === "",
    );
    // Whole, as a paste does: on a busy machine the half of it would be kept between two keys.
    await type(page, "#prompt", "The second?");
    await saved(page);
    await openPanel(page);
    await listed(page, ["The first?", "The second?"]);
    await page.click(".open-session");
    await page.waitForFunction(
      () => (document.querySelector("#prompt") as HTMLTextAreaElement).value === "The first?",
    );
    // The other one is open in no tab: a tab that is opened now goes on with it.
    const other = await page.browserContext().newPage();
    await other.goto(served.url);
    await other.waitForSelector("#machine", SLOW);
    await expect.poll(() => promptOf(other), SLOW).toBe("The second?");
    await other.close();
    await page.click('[aria-label="Rename The first?"]');
    await page.waitForSelector(".session-list form");
    await page.keyboard.down("Control");
    await page.keyboard.press("a");
    await page.keyboard.up("Control");
    await page.keyboard.type("My own name");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() =>
      document.querySelector(".session-list")?.textContent?.includes("My own name"),
    );
    await page.click('[aria-label="Delete My own name"]');
    await page.waitForSelector("#undo-delete");
    await listed(page, ["The second?"]);
    expect(await promptOf(page)).toBe("");
    await page.click("#undo-delete");
    await page.waitForFunction(() => document.querySelectorAll(".session-list li").length === 2);
    await page.click('[aria-label="Open My own name"]');
    await page.waitForFunction(
      () => (document.querySelector("#prompt") as HTMLTextAreaElement).value === "The first?",
    );
    await page.waitForSelector("#verdict");
  });
}, 120_000);

it("sessions: saved as a file, opened elsewhere → the same; another, a newer, a torn file → says so", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-session-"));
  const file = path.join(folder, "s.vlreward");
  let scored: unknown;
  await during(async ({ page, saved: savedText, ranking, give }) => {
    await page.waitForSelector("#verdict", SLOW);
    const bytes = [
      ...new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    ];
    await give("drop", { name: "own.svg", type: "image/svg+xml", bytes });
    await page.waitForFunction(() => document.querySelectorAll(".responses textarea").length === 2);
    const fields = await page.$$(".responses textarea");
    await fields[0]?.type("Yes.");
    await fields[1]?.type("No, not at all.");
    await scoreOwn(page, "In a file?");
    scored = await ranking();
    await openPanel(page);
    await writeFile(file, await savedText("#export-session"));
  });
  await during(async ({ page, ranking, text }) => {
    const take = async (name: string): Promise<void> => {
      const input = (await page.$("#import-session")) as ElementHandle<HTMLInputElement>;
      await input.uploadFile(name);
    };
    const whole = await import("node:fs").then(({ readFileSync }) => readFileSync(file));
    const wrong: readonly (readonly [string, Buffer, string])[] = [
      ["other.json", Buffer.from("{}"), "expected a session that this page has saved"],
      [
        "newer.vlreward",
        Buffer.from(whole.toString("latin1").replace("session 1 ", "session 2 "), "latin1"),
        "newer version",
      ],
      ["torn.vlreward", whole.subarray(0, whole.length - 9), "damaged"],
    ];
    await page.click("#sessions-button");
    for (const [name, content, why] of wrong) {
      await writeFile(path.join(folder, name), content);
      await take(path.join(folder, name));
      await page.waitForFunction(
        (wanted) => document.querySelector("#session-fault")?.textContent?.includes(wanted),
        SLOW,
        why,
      );
    }
    expect(await text("#session-fault")).toContain("torn.vlreward");
    await take(file);
    await page.waitForFunction(
      () => (document.querySelector("#prompt") as HTMLTextAreaElement).value === "In a file?",
      SLOW,
    );
    expect(await ranking()).toEqual(scored);
    await page.waitForFunction(() =>
      document.querySelector(".picture-name")?.textContent?.includes("own.svg"),
    );
  });
}, 120_000);

it("sessions: a database that refuses, a full disk → told, and the page goes on scoring", async () => {
  for (const [how, wanted] of [
    ["blocked", "keeps nothing for this page"],
    ["full", "no room left"],
  ] as const) {
    await during(
      async ({ page, text }) => {
        await page.waitForSelector("#verdict", SLOW);
        await fill(page, "#prompt", "Does it go on?");
        await page.waitForFunction(() => document.querySelector("#session-fault") !== null, SLOW);
        expect(await text("#session-fault")).toContain(wanted);
        await page.click("#score");
        await page.waitForFunction(() => document.querySelector(".stale") === null, SLOW);
        expect(await promptOf(page)).toBe("Does it go on?");
      },
      "",
      (page) =>
        page.evaluateOnNewDocument((kind: string) => {
          if (kind === "blocked") {
            Object.defineProperty(globalThis, "indexedDB", {
              get() {
                throw new DOMException("denied", "SecurityError");
              },
            });
          } else {
            IDBObjectStore.prototype.put = () => {
              throw new DOMException("The disk is full", "QuotaExceededError");
            };
          }
        }, how),
    );
  }
});

it("sessions: the panel in both languages and themes, at 320, 390, 768 and 1280 px → axe clean, nothing sticks out", async () => {
  await during(async ({ page }) => {
    await scoreOwn(page, `Is ${"x".repeat(120)} kept?`);
    for (const language of ["en", "ja"]) {
      if (language === "ja") {
        await page.click("#language");
        await page.waitForFunction(() => document.documentElement.lang === "ja");
      }
      await openPanel(page);
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(faintTexts)).toEqual([]);
      }
      for (const width of [320, 390, 768, 1280]) {
        await page.setViewport({ width, height: 900 });
        const { over, small } = await page.evaluate(misfits);
        expect([over, small], `${language} at ${width}`).toEqual([0, []]);
      }
      await page.keyboard.press("Escape");
    }
  });
}, 120_000);
