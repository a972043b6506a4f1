import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "puppeteer";
import { press, scored, SLOW, type } from "./page-acts.ts";

const SAMPLES = path.resolve("weights/tiny-vl-reward/samples");

/** Fills all that a question may have: pictures, earlier turns, a system prompt, wrong JSON. */
export async function wholeConversation(page: Page): Promise<void> {
  await scored(page);
  const longName = `${"APictureWithALongName".repeat(6)}.png`;
  const bytes = [...readFileSync(path.join(SAMPLES, "01-tallest-bar.png"))];
  await page.evaluate(
    (names, all) => {
      const transfer = new DataTransfer();
      const data = new Uint8Array(all);
      for (const name of names) transfer.items.add(new File([data], name, { type: "image/png" }));
      const event = new DragEvent("drop", { bubbles: true, dataTransfer: transfer });
      document.body.dispatchEvent(event);
    },
    ["first.png", longName, "third.png"],
    bytes,
  );
  await page.waitForSelector("#later-question-0", SLOW);
  await type(page, "#system-prompt", "Be brief. 短く答えてください。");
  for (const texts of [
    ["Which bar is the tallest?", "The purple one."],
    ["どの棒がいちばん低いですか。", "W".repeat(200)],
  ]) {
    const before = (await page.$$(".exchange")).length;
    await press(page, "#add-turn");
    await page.waitForFunction(
      (count) => document.querySelectorAll(".exchange").length > count,
      SLOW,
      before,
    );
    const [user = "", assistant = ""] = texts;
    const exchange = `.exchanges > li:nth-child(${before + 1})`;
    await type(page, `${exchange} textarea[id^=user-]`, user);
    await type(page, `${exchange} textarea[id^=assistant-]`, assistant);
  }
  await type(page, "#conversation-json", '{"messages": [{"role": "tool", "content": "5"}]}');
  await press(page, "#take-json");
  await page.waitForSelector("#conversation-json-fault", SLOW);
  await press(page, "#score");
  await page.waitForSelector(".answer[aria-busy=false]", SLOW);
  await page.$eval("#later-question-0", (button) => {
    const all = button.closest("ol, ul")?.querySelectorAll("li:last-child button");
    (all?.item(all.length - 1) as HTMLElement | undefined)?.click();
  });
}
