/** A field's error is shown beside the field, and it is in the field's description. */
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { violations } from "../../testing/demo/axe.ts";
import { faintTexts, misfits } from "../../testing/demo/looks.ts";
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

async function clear(page: Page, selector: string): Promise<void> {
  await page.$eval(selector, (field) => {
    (field as HTMLTextAreaElement).value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

interface Wrong {
  readonly what: string;
  readonly address: string;
  readonly field: string;
  readonly button: string;
  readonly words: string;
  act(page: Page): Promise<unknown>;
}

const cases: readonly Wrong[] = [
  {
    what: "no prompt in Score",
    address: "",
    field: "#prompt",
    button: "#score",
    words: "The prompt is empty",
    act: (page) => clear(page, "#prompt"),
  },
  {
    what: "an empty response",
    address: "",
    field: ".responses li:nth-child(2) textarea",
    button: "#score",
    words: "Response B is empty",
    act: (page) => clear(page, ".responses li:nth-child(2) textarea"),
  },
  {
    what: "no prompt in Rank",
    address: "#rank",
    field: "#prompt",
    button: "#run-rank",
    words: "The prompt is empty",
    act: (page) => clear(page, "#prompt"),
  },
  {
    what: "one response in Rank",
    address: "#rank",
    field: "#rank-responses",
    button: "#run-rank",
    words: "there is one",
    act: (page) => page.type("#rank-responses", "Yes."),
  },
  {
    what: "no model's name",
    address: "#models",
    field: "#hub-id",
    button: "#look",
    words: "Write the model’s name",
    act: async () => {},
  },
  {
    what: "a name that is none",
    address: "#models",
    field: "#hub-id",
    button: "#look",
    words: "is not a name of the hub",
    act: (page) => page.type("#hub-id", "not a name"),
  },
  {
    what: "no address",
    address: "#models",
    field: "#model-url",
    button: "#look",
    words: "Write the folder’s address",
    act: (page) => page.click("input[value=url]"),
  },
];

describe("page: errors of a field", () => {
  it.each(cases)(
    "page: $what → said at the field, to the eye and the ear; typing takes it away",
    async (wrong) => {
      const { page } = await visit(browser, served, wrong.address);
      await page.waitForSelector(wrong.address === "" ? "#verdict" : "#machine");
      // The sample fills the prompt a moment after the model is there.
      await page.waitForFunction(() => {
        const prompt = document.querySelector<HTMLTextAreaElement>("#prompt");
        return prompt === null || prompt.value !== "";
      });
      await wrong.act(page);
      await page.waitForSelector(wrong.field);
      await page.click(wrong.button);
      await page.waitForSelector(`${wrong.field}[aria-invalid=true]`);
      const seen = await page.$eval(wrong.field, (field) => {
        const [by = ""] = (field.getAttribute("aria-describedby") ?? "").split(" ");
        const said = document.querySelector(`#${CSS.escape(by)}`);
        const { top, bottom } = said?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
        return { said: said?.textContent, isInSight: top >= 0 && bottom <= innerHeight };
      });
      expect(seen.said).toContain(wrong.words);
      expect(seen.isInSight).toBe(true);
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        expect(await page.evaluate(faintTexts), value).toEqual([]);
        expect(await violations(page), value).toEqual([]);
      }
      await page.setViewport({ width: 320, height: 800 });
      expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
      await page.type(wrong.field, "x");
      await page.waitForSelector(`${wrong.field}[aria-invalid=true]`, { hidden: true });
      await page.close();
    },
  );

  it("page: the engine refuses a response → the error is shown beside the pressed button", async () => {
    const { page } = await visit(browser, served, "?model=./refuses/");
    await page.waitForSelector("#machine");
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>("#prompt")?.value !== "",
    );
    for (let more = 0; more < 4; more += 1) await page.click("#add-response");
    await page.$$eval(".responses textarea", (all) =>
      all.forEach((field) => {
        field.value = "a long response ".repeat(60);
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    );
    await page.click("#score");
    await page.waitForSelector("#score-fault");
    const said = await page.$eval("#score-fault", (fault) => ({
      words: fault.textContent,
      top: fault.getBoundingClientRect().top,
      height: innerHeight,
    }));
    expect(said.words).toContain("6,660 tokens are too many");
    expect(said.top).toBeGreaterThan(0);
    expect(said.top).toBeLessThan(said.height);
    await page.close();
  });
});

describe("page: tokens of a response", () => {
  const countOf = (key: number): string => `.responses li:nth-child(${key}) [id^=tokens-]`;
  const write = async (page: Page, text: string): Promise<void> => {
    await page.$eval(
      ".responses li:nth-child(2) textarea",
      (field, value) => {
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      },
      text,
    );
  };

  it("page: from three quarters of the limit → the count, in the field's description; beyond it, what to do", async () => {
    const { page, text, errors } = await visit(browser, served);
    await page.waitForSelector("#verdict");
    expect(await page.$("[id^=tokens-]")).toBeNull();
    // The fake engine counts a token a character, and takes 4,096.
    await write(page, "word ".repeat(650));
    await page.waitForSelector(countOf(2));
    expect(await text(countOf(2))).toMatch(/^3,\d{3} of 4,096 tokens, with the question\.$/);
    const described = await page.$eval(".responses li:nth-child(2) textarea", (field) =>
      field.getAttribute("aria-describedby"),
    );
    expect(described).toBe(await page.$eval(countOf(2), (line) => line.id));
    expect(await page.$(countOf(1))).toBeNull();
    await write(page, "word ".repeat(900));
    await page.waitForFunction(
      (line) => document.querySelector(line)?.textContent?.includes("Too long for this model"),
      {},
      countOf(2),
    );
    await page.setViewport({ width: 320, height: 800 });
    expect(await page.evaluate(misfits)).toEqual({ over: 0, small: [] });
    expect(await page.evaluate(faintTexts)).toEqual([]);
    await write(page, "Short again.");
    await page.waitForFunction(() => document.querySelector("[id^=tokens-]") === null);
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);
});
