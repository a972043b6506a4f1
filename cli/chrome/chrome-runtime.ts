// Tested by: test/cli/cli.browser.test.ts
/** The engine in a page of headless Chrome. */
import type { Progress } from "../../src/types.ts";
import { GpuError } from "../../src/errors.ts";
import { launchBrowser } from "./browser.ts";
import type { Runtime, RuntimeOptions } from "./runtime.ts";

/** Starts Chrome and opens the page. @throws InputError, UnsupportedError if it does not start */
export async function openChrome(options: RuntimeOptions): Promise<Runtime> {
  const { url, adapter, log, readable, onProgress } = options;
  const browser = await launchBrowser({ adapter, log });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => log(readable(`page: ${String(error)}`)));
    page.on("console", (message) => {
      // The engine asks for files that a model may lack; that is not an error.
      const isOfFiles = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isOfFiles) log(readable(`page: ${message.text()}`));
    });
    await page.exposeFunction("vlRewardProgress", (progress: Progress) => onProgress(progress));
    await page.exposeFunction("vlRewardWarning", (message: string) =>
      log(readable(`warning: ${message}`)),
    );
    await page.goto(url, { waitUntil: "load" });
    return {
      call: async (name, json) =>
        await page
          .evaluate((fn, text) => globalThis.vlReward[fn](text), name, json)
          .catch((cause: unknown) => {
            const got = readable(cause instanceof Error ? cause.message : String(cause));
            const what = "ended, or lost its page";
            const todo = "Call again: the run continues where it stopped";
            throw new GpuError({ where: "Chrome", what, got, todo, cause });
          }),
      close: async () => await browser.close(),
    };
  } catch (error) {
    await browser.close().catch(() => {});
    throw error;
  }
}
