/**
 * A page that scores through the worker client while it is hidden, frozen, left and opened again,
 * and while the GPU process is killed.
 */
import type { Browser, CDPSession, Page } from "puppeteer";
import { serveBuilt } from "../../testing/browser/built-library.ts";
import { launchTestBrowser } from "../../testing/browser/launch.ts";

type Door = typeof import("../../src/worker/index.ts");
declare global {
  var door: Door;
  /** Scores the first sample a number of times; every fifth call is aborted. */
  var scoreSome: (count: number) => Promise<Outcome[]>;
  var readMemory: () => number;
}

/** A score, or the code or name of an error. */
type Outcome = number | string;

export interface EmbeddedReport {
  readonly right: number;
  /** Ended with an error of a class that a host can read. */
  readonly typed: number;
  /** Calls of pages that were left. */
  readonly left: number;
  readonly faults: readonly string[];
}

/** Of the first sample, by Hugging Face's code. */
const SCORE = 2.39497;
const BLOWS = ["none", "hide", "freeze", "crash", "navigate"] as const;
const TYPED = ["input", "weights", "unsupported", "gpu", "AbortError"];
const PATIENCE_MS = 180_000;
/** Garbage that a collection leaves. */
const GROWTH_BYTES = 4e6;

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<img src="/model/samples/01-tallest-bar.png"><script type="module" src="/page.js"></script>`;
const SCRIPT = `
import { WorkerRewardModel } from "/lib/worker.js";
const model = await WorkerRewardModel.fromPretrained("./model/");
const content = [
  { type: "image", image: document.querySelector("img") },
  { type: "text", text: "Is purple the highest value?" },
];
const conversation = [
  { role: "user", content },
  { role: "assistant", content: "Yes, purple is the highest." },
];
globalThis.readMemory = () => model.memory.totalBytes;
globalThis.scoreSome = (count) => Promise.all(Array.from({ length: count }, (_, i) => {
  const abort = new AbortController();
  if (i % 5 === 4) setTimeout(() => abort.abort(), 50);
  return model.score(conversation, { signal: abort.signal })
    .then(({ value }) => value, (error) => typeof error.code === "string" ? error.code : error.name);
}));
document.body.dataset.ready = "";`;

/**
 * Scores and strikes.
 * @param scores how many, in batches; each batch meets one blow
 */
export async function soakEmbedded(
  { scores, batchSize }: { readonly scores: number; readonly batchSize: number },
  log: (line: string) => void,
): Promise<EmbeddedReport> {
  const served = await serveBuilt({ pages: { "page.html": PAGE, "page.js": SCRIPT } });
  // Chrome gives no GPU to a site after a few of the crashes that are provoked here.
  const flags = ["--disable-gpu-process-crash-limit", "--disable-domain-blocking-for-3d-apis"];
  const browser = await launchTestBrowser({ flags });
  const count = { right: 0, typed: 0, left: 0 };
  const faults: string[] = [];
  const heaps: number[] = [];
  const gpu: number[] = [];
  try {
    const page = await browser.newPage();
    await openPage(page, served.url);
    for (let done = 0, round = 0; done < scores; done += batchSize, round += 1) {
      const blow = BLOWS[round % BLOWS.length] ?? "none";
      const batch = page.evaluate(async (size) => await scoreSome(size), batchSize);
      const settled = within(batch.catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await strike(blow, page, browser, served.url);
      const outcomes = await settled;
      if (outcomes === "late") faults.push(`${blow}: calls did not settle`);
      else if (outcomes === undefined) count.left += batchSize;
      else judge(outcomes, blow, count, faults);
      heaps.push(await heapBytes(page));
      gpu.push(await page.evaluate(() => readMemory()));
      log(
        `${done + batchSize} scores, ${blow}: ${count.right} right, ${count.typed} typed, ${count.left} left`,
      );
    }
    if (growthOf(heaps) > GROWTH_BYTES) faults.push(`the page's heap grew: ${heaps.join(", ")}`);
    if (growthOf(gpu) > 0) faults.push(`GPU memory grew: ${gpu.join(", ")} bytes`);
  } finally {
    await browser.close();
    await served.close();
  }
  return { ...count, faults };
}

/** Returns by how much the most of the second half is above the most of the first. */
function growthOf(bytes: readonly number[]): number {
  const middle = Math.ceil(bytes.length / 2);
  return Math.max(0, ...bytes.slice(middle)) - Math.max(...bytes.slice(0, middle));
}

async function openPage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}page.html`);
  await page.waitForSelector("body[data-ready]", { timeout: PATIENCE_MS });
}

async function strike(
  blow: (typeof BLOWS)[number],
  page: Page,
  browser: Browser,
  url: string,
): Promise<void> {
  const pause = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 500));
  if (blow === "navigate") await openPage(page, url);
  if (blow === "crash") {
    const session = await browser.target().createCDPSession();
    await session.send("Browser.crashGpuProcess");
    await session.detach();
  }
  if (blow === "hide") {
    const other = await browser.newPage();
    await pause();
    await other.close();
    await page.bringToFront();
  }
  if (blow === "freeze") {
    const session: CDPSession = await page.createCDPSession();
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await pause();
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await session.detach();
  }
}

function judge(
  outcomes: readonly Outcome[],
  blow: string,
  count: { right: number; typed: number },
  faults: string[],
): void {
  for (const outcome of outcomes) {
    if (typeof outcome === "number" && Math.abs(outcome - SCORE) < 1e-5) count.right += 1;
    else if (TYPED.includes(String(outcome))) count.typed += 1;
    else faults.push(`${blow}: ${outcome}`);
  }
}

async function within<T>(promise: Promise<T>): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, "late");
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function heapBytes(page: Page): Promise<number> {
  const session = await page.createCDPSession();
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}
