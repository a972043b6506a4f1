/**
 * Injects axe-core, the usual accessibility rules, into the page in its current state.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "puppeteer";

const require = createRequire(import.meta.url);
const script = require.resolve("axe-core/axe.min.js");

/** A broken rule, as axe reports it. */
interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

declare global {
  var axe: { run(): Promise<{ readonly violations: readonly Violation[] }> };
}

/** A line for each rule that the page breaks, with the first element that breaks it. */
export async function violations(page: Page): Promise<string[]> {
  // Axe measures colours as they are drawn: a response that still fades in is too pale.
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map(async (each) => await each.finished));
  });
  await page.evaluate(await readFile(script, "utf8"));
  const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  return found.map(({ id, help, nodes }) => {
    const summary = nodes[0]?.failureSummary?.replaceAll(/\s+/g, " ") ?? "";
    return `${id}: ${help}. ${nodes.length}, first ${nodes[0]?.html.slice(0, 160)}: ${summary}`;
  });
}
