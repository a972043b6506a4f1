/** Publishes a newer version of a built page, as a deployment does. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "puppeteer";
import { SERVICE_WORKER, withList } from "../../demo/vite-offline.ts";

/** Changes the page's title and publishes the service worker of the new version. */
export async function publish(folder: string, title: string): Promise<void> {
  const file = (name: string): string => path.join(folder, name);
  const html = await readFile(file("index.html"), "utf8");
  const changed = html.replace(/<html lang="en"[^>]*>/, `<html lang="en" data-edition="${title}">`);
  await writeFile(file("index.html"), changed);
  const script = await readFile(file(SERVICE_WORKER), "utf8");
  const [, list = "{}"] = /^const OFFLINE_LIST = (.*);\n/.exec(script) ?? [];
  const { files } = JSON.parse(list) as { files: Record<string, string> };
  const names = Object.keys(files);
  const all = names.map(async (name) => [name, await readFile(file(name))] as const);
  const script2 = withList(script, Object.fromEntries(await Promise.all(all)));
  await writeFile(file(SERVICE_WORKER), script2);
}

/** Waits until the page says whether it is kept, and returns what it says. */
export async function keptSaid(page: Page): Promise<{ kind: string; text: string }> {
  await page.waitForFunction(
    () =>
      /^(not-)?kept$/.test(document.querySelector<HTMLElement>("#offline")?.dataset["kept"] ?? ""),
    { timeout: 60_000 },
  );
  return await page.$eval("#offline", (line) => ({
    kind: (line as HTMLElement).dataset["kept"] ?? "",
    text: line.textContent ?? "",
  }));
}

/** Returns the edition that is shown: the title of `publish`, or "" for the first. */
export async function editionOf(page: Page): Promise<string> {
  return await page.evaluate(() => document.documentElement.dataset["edition"] ?? "");
}
