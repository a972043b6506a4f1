/** Closes the panel, and keeps the address of the page in step with it. */
import { drop } from "../base/jobs.ts";
import { located } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { EXPLAINING, explaining, WHAT_IF } from "./state.ts";

export function closeWhy(page: Page): void {
  for (const job of [EXPLAINING, WHAT_IF]) drop(page.jobs, job);
  page.change(explaining, { open: undefined });
  const [view = "", ...inside] = page.get(located).address.split("/");
  if (inside[0] === "why") writeAddress(page, view);
}

/** Changes the address without a step back to what it was. */
export function writeAddress(page: Page, address: string): void {
  history.replaceState(history.state, "", `#${address}`);
  page.change(located, { address });
}
