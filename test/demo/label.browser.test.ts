/**
 * The Label view with an engine that computes nothing: votes by keyboard, kept through crashes;
 * what is seen, said and saved; a head fitted to the votes.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import {
  answerOfKey,
  beginWithRows,
  pairRows,
  shownNumber,
  storedVotes,
  voteAndKill,
  voteBy,
} from "../../testing/demo/label-driver.ts";
import { servePage } from "../../testing/demo/page-server.ts";
import type { ServedPage } from "../../testing/demo/page-server.ts";
import { visit } from "../../testing/demo/visitor.ts";
import type { Visitor } from "../../testing/demo/visitor.ts";
import { violations } from "../../testing/demo/axe.ts";
import { faintTexts, misfits } from "../../testing/demo/looks.ts";

let browser: Browser;
let served: ServedPage;
let folder: string;

beforeAll(async () => {
  served = await servePage({ fake: true });
  browser = await launchTestBrowser();
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-label-"));
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
  await rm(folder, { recursive: true });
});

const SLOW = { timeout: 120_000 };

/** Visits Label in a browser of its own storage; finds no error and no foreign request. */
async function during(
  look: (visitor: Visitor) => Promise<void>,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<void> {
  const context = await browser.createBrowserContext();
  const visitor = await visit({ newPage: () => context.newPage() }, served, "#label", prepare);
  await visitor.page.waitForSelector("#label-files", SLOW);
  await look(visitor);
  expect(visitor.errors).toEqual([]);
  const origin = new URL(served.url).origin;
  expect(visitor.requests.filter((url) => new URL(url).origin !== origin)).toEqual([]);
  await context.close();
}

async function waitUntilRead(page: Page, pairs: number): Promise<void> {
  await page.waitForFunction(
    (count) => document.querySelector<HTMLElement>("#label-reading")?.dataset["done"] === count,
    SLOW,
    String(pairs),
  );
}

const texts = async (page: Page): Promise<string[]> =>
  await page.$$eval(".label-text", (all) => all.map((one) => one.textContent ?? ""));

async function givePairs(page: Page, rows: readonly object[], name: string): Promise<void> {
  const file = path.join(folder, name);
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const input = (await page.$("#rater-files")) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(file);
}

it("label: keyboard alone, from the link to the last pair → every vote is kept, the sides are the seed's", async () => {
  await during(async ({ page, text }) => {
    await page.keyboard.press("Tab");
    await page.focus("#label-built-in");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#label-pair", SLOW);
    expect(await page.evaluate(() => document.querySelectorAll("#label-pair img").length)).toBe(1);
    const keys = ["ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "s"] as const;
    for (let i = 0; i < 22; i++) await voteBy(page, keys[i % 5] ?? "s");
    expect(await text(".label-done h2")).toBe("All pairs are labelled");
    const stored = await storedVotes(page);
    expect(stored.map(({ number }) => number)).toEqual(Array.from({ length: 22 }, (_, i) => i));
    for (const [i, { answer, task }] of stored.entries()) {
      expect(answer).toBe(answerOfKey(keys[i % 5] ?? "s", task));
    }
    expect(new Set(stored.map(({ task }) => task.pair)).size).toBe(20);
    expect(stored.filter(({ task }) => task.how === "repeat")).toHaveLength(2);
    // Undone to the first one, without a limit.
    for (let left = 21; left >= 0; left--) {
      await page.keyboard.press("Backspace");
      await page.waitForFunction(
        (number) =>
          document.querySelector<HTMLElement>("#label-pair")?.dataset["number"] === number,
        SLOW,
        String(left),
      );
    }
    expect(await storedVotes(page)).toEqual([]);
  });
}, 180_000);

it("label: the tab killed between votes, three times → no vote is lost, and it goes on there", async () => {
  const context = await browser.createBrowserContext();
  const own = { newPage: () => context.newPage() };
  const { votes, kills, faults } = await voteAndKill(own, served, { votes: 24, kills: 3 });
  expect([votes, kills, faults]).toEqual([24, 3, []]);
  await context.close();
}, 180_000);

it("label: flag, note, a key held down, a key in the note, ctrl Z → one vote with all of it; undone", async () => {
  await during(async ({ page, saved }) => {
    await beginWithRows(page, pairRows(6));
    await page.keyboard.press("f");
    await page.waitForSelector("#label-do-flag[aria-pressed=true]");
    await page.type("#label-note", "left? s");
    expect(await shownNumber(page)).toBe("0");
    await page.focus("#label-pair");
    // The key that is held down repeats: it is one vote.
    await page.keyboard.down("ArrowLeft");
    for (let i = 0; i < 5; i++) await page.keyboard.down("ArrowLeft");
    await page.keyboard.up("ArrowLeft");
    await page.waitForSelector('#label-pair[data-number="1"]', SLOW);
    const rows = (await saved("#label-jsonl")).trimEnd().split("\n");
    expect(rows).toHaveLength(1);
    expect(JSON.parse(rows[0] ?? "")).toMatchObject({
      flagged: true,
      note: "left? s",
      random: true,
    });
    expect(await page.$eval("#label-note", (field) => (field as HTMLInputElement).value)).toBe("");
    await page.keyboard.down("Control");
    await page.keyboard.press("z");
    await page.keyboard.up("Control");
    await page.waitForSelector('#label-pair[data-number="0"]', SLOW);
    expect(await page.$eval("#label-note", (field) => (field as HTMLInputElement).value)).toBe(
      "left? s",
    );
  });
});

it("label: single keys off, then changed → nothing votes; the new key does, and is kept", async () => {
  await during(async ({ page }) => {
    await beginWithRows(page, pairRows(6));
    await page.$eval("#label-keys", (details) => ((details as HTMLDetailsElement).open = true));
    await page.click("#label-keys-on");
    await page.keyboard.press("Escape");
    await page.focus("#label-pair");
    await page.keyboard.press("ArrowLeft");
    expect(await storedVotes(page)).toEqual([]);
    await page.click("#label-keys-on");
    await page.click("#key-left");
    await page.keyboard.press("j");
    await page.waitForFunction(
      () => document.querySelector("#label-do-left kbd")?.textContent === "J",
    );
    await page.focus("#label-pair");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("j");
    await page.waitForSelector('#label-pair[data-number="1"]', SLOW);
    expect(await storedVotes(page)).toHaveLength(1);
    await page.reload();
    await page.waitForSelector(".label-resume", SLOW);
    await page.click(".label-resume");
    await page.waitForFunction(
      () => document.querySelector("#label-do-left kbd")?.textContent === "J",
    );
  });
});

it("label: a model reads the pairs → nothing of it before the vote, its side after; agreement with interval and κ", async () => {
  await during(async ({ page, text }) => {
    await beginWithRows(page, pairRows(12));
    await waitUntilRead(page, 12);
    expect(await text("#label-last")).toContain("The model’s opinion is shown after your vote.");
    for (let i = 0; i < 12; i++) {
      // The fake model likes what is long, and so does this person.
      const [left = "", right = ""] = await texts(page);
      await voteBy(page, left.length > right.length ? "ArrowLeft" : "ArrowRight");
      expect(await text("#label-last")).toMatch(/The model: (?:Left|Right) is better, /);
    }
    const agreement = (await text("#label-agreement")).replaceAll("\u00a0", " ");
    expect(agreement).toMatch(/\d+ of \d+ 95 %: \d+ % to 100 %/);
    expect(await text("#label-self")).toContain("1 of 1");
    await page.keyboard.press("m");
    await page.waitForFunction(() =>
      document.querySelector("#label-last")?.textContent?.includes("Hidden."),
    );
  });
});

it("label: 60 votes for the short ones → a head that is accepted, saved, used and named; undone again", async () => {
  await during(async ({ page, text, saved }) => {
    await page.type("#label-rater", "eva");
    await beginWithRows(page, pairRows(60));
    await waitUntilRead(page, 60);
    for (let i = 0; i < 66; i++) {
      const [left = "", right = ""] = await texts(page);
      await voteBy(
        page,
        i % 13 === 12 ? "ArrowDown" : left.length < right.length ? "ArrowLeft" : "ArrowRight",
      );
    }
    await page.waitForSelector("#label-fit:not([disabled])", SLOW);
    await page.click("#label-fit");
    await page.waitForSelector("#label-fitted", SLOW);
    expect(await text("#label-fitted h3")).toBe("Your own head is better");
    expect(await page.$("#label-fitted svg")).not.toBeNull();
    const head = await saved("#label-save-head");
    expect(head).toContain('"v_head.summary.weight":{"dtype":"F32","shape":[1,128]');
    expect(head).toContain('"labels":"60","rater":"eva"');

    const pairs = (await saved("#label-pairs")).trimEnd().split("\n");
    const ties = (await saved("#label-ties")).trimEnd().split("\n");
    expect(pairs.length + ties.length).toBe(60);
    expect(JSON.parse(pairs[0] ?? "")).toMatchObject({
      vl_reward: { rater: "eva", seed: 1, head: "" },
    });
    expect(
      (await text("#label-counts")).startsWith(`${pairs.length} pairs; ${ties.length} without`),
    ).toBe(true);
    const csv = await saved("#label-csv");
    expect(csv.trimEnd().split("\r\n")).toHaveLength(67);

    await page.click("#label-use-own");
    await page.waitForSelector("#label-judge[data-own=true]", SLOW);
    await waitUntilRead(page, 60);
    expect(await page.$("#label-fit[disabled]")).not.toBeNull();
    const rows = (await saved("#label-jsonl")).trimEnd().split("\n");
    expect(JSON.parse(rows[0] ?? "")).toMatchObject({ head: "value_head.safetensors" });
    // Every other view says it too.
    await page.click('nav a[href="#rank"]');
    await page.waitForSelector("#rank-responses");
    await page.type("#rank-responses", "Yes.\nNo!!");
    await page.click("#run-rank");
    await page.waitForSelector("#rank-result", SLOW);
    expect(await text("#rank-result .hint")).toContain("your own head (value_head.safetensors)");
    expect(await text("#model-chip")).toContain("your own head (value_head.safetensors)");
    await page.click('nav a[href="#label"]');
    await page.waitForSelector("#label-use-published");
    await page.click("#label-use-published");
    await page.waitForSelector("#label-judge[data-own=false]", SLOW);
  });
}, 300_000);

it("label: a ranking and its neighbours → they are labelled, with their prompt and picture", async () => {
  await during(async ({ page, text }) => {
    await page.click('nav a[href="#rank"]');
    await page.waitForSelector("#rank-responses");
    await page.type("#rank-responses", "Yes.\nNo!!\nThe red bar is the tallest.");
    await page.click("#run-rank");
    await page.waitForSelector("#rank-label", SLOW);
    await page.click("#rank-label");
    await page.waitForSelector("#label-pair", SLOW);
    expect(await text("#label-progress")).toBe("0 done, 2 pairs");
    expect(await text(".label-prompt")).toBe("Is purple the highest value?");
    expect(await page.$("#label-pair img")).not.toBeNull();
  });
});

it("label: a report's closest pairs → they are labelled, with their own pictures and whole prompts", async () => {
  await during(async ({ page, text }) => {
    await page.click('nav a[href="#report"]');
    await page.waitForSelector("#report-files");
    const heldout = path.resolve("weights/tiny-vl-reward/heldout");
    const file = path.join(folder, "pairs.jsonl");
    const lines = (await readFile(path.join(heldout, "pairs.jsonl"), "utf8")).split("\n");
    await writeFile(file, `${lines.slice(0, 4).join("\n")}\n`);
    const { image, prompt } = JSON.parse(lines[0] ?? "") as { image: string; prompt: string };
    const images = lines.slice(0, 4).map((line) => (JSON.parse(line) as { image: string }).image);
    const pictures = images.map((name) => path.resolve("weights/tiny-vl-reward", name));
    const input = (await page.$("#report-files")) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(file, ...pictures);
    await page.click("#run-report");
    await page.waitForSelector("#report-label", SLOW);
    // By keyboard: the plots above may still move it.
    await page.focus("#report-label");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#label-pair img", SLOW);
    expect(await text("#label-progress")).toBe("0 done, 4 pairs");
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      seen.add(await text(".label-prompt"));
      await voteBy(page, "ArrowLeft");
    }
    expect(seen).toContain(prompt);
    expect(image).not.toBe("");
  });
});

it("label: two raters' files → α, by group, and the pair they disagree on; a wrong file → said there", async () => {
  await during(async ({ page, text }) => {
    const row = (i: number, label: string, rater: string): object => ({
      ...pairRows(6)[i],
      label,
      rater,
    });
    const all = ["eva", "max"].flatMap((rater) =>
      Array.from({ length: 6 }, (_, i) =>
        row(i, rater === "max" && i === 4 ? "b" : i % 2 === 0 ? "a" : "b", rater),
      ),
    );
    await givePairs(page, all, "labels.jsonl");
    await page.waitForSelector("#label-raters", SLOW);
    expect(await text("#label-raters b")).toMatch(/^Krippendorff’s α is 0\.\d+, on 6 pairs\.$/);
    expect(await text("#label-disagreements")).toBe("row-4: eva a, max b");
    await givePairs(page, [{ id: 1, prompt: "p", responses: ["x"], label: "a" }], "bad.jsonl");
    await page.waitForSelector("#rater-files-fault", SLOW);
    expect(await text("#rater-files-fault")).toContain(
      "bad.jsonl, row 1, responses: expected two responses",
    );
  });
});

it("label: a database that cannot be opened → it says so, and labels are still saved", async () => {
  await during(
    async ({ page, saved }) => {
      await beginWithRows(page, pairRows(4));
      await page.waitForSelector("#label-unsaved");
      await voteBy(page, "ArrowLeft");
      expect((await saved("#label-jsonl")).trimEnd().split("\n")).toHaveLength(1);
    },
    (page) =>
      page.evaluateOnNewDocument(() => {
        Object.defineProperty(globalThis, "indexedDB", {
          value: {
            open() {
              throw new DOMException("no storage", "SecurityError");
            },
          },
        });
      }),
  );
});

it.each(["en", "ja"])(
  "label: %s, both colours, 1280, 390 and 320 px → axe finds nothing, nothing sticks out",
  async (language) => {
    await during(async ({ page }) => {
      if (language === "ja") {
        await page.click("#language");
        await page.waitForFunction(() => document.documentElement.lang === "ja");
      }
      expect(await violations(page)).toEqual([]);
      await page.click("#label-built-in");
      await page.waitForSelector("#label-pair", SLOW);
      await waitUntilRead(page, 20);
      await voteBy(page, "ArrowLeft");
      await page.$eval("#label-keys", (details) => ((details as HTMLDetailsElement).open = true));
      for (const width of [1280, 390, 320]) {
        await page.setViewport({ width, height: 844 });
        const { over, small } = await page.evaluate(misfits);
        expect([width, over, small]).toEqual([width, 0, []]);
        const sizes = await page.$$eval(".label-response", (all) =>
          all.map((one) => one.getBoundingClientRect()).map((box) => [box.width, box.height]),
        );
        expect(sizes[0]).toEqual(sizes[1]);
      }
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        expect(await page.evaluate(faintTexts), value).toEqual([]);
        expect(await violations(page), value).toEqual([]);
      }
    });
  },
);
