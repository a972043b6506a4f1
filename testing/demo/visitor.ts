/**
 * Opens the demo in a real browser, and records what a test must not overlook: errors in the
 * console, and requests that leave the origin.
 */
import {
  ConnectionClosedError,
  ProtocolError,
  type Browser,
  type CDPSession,
  type HTTPRequest,
  type Page,
} from "puppeteer";
import recorded from "../../demo/score/recorded-example.json" with { type: "json" };
import { steadyPage } from "../browser/steady-clicks.ts";
import { inChrome } from "../browser/launch.ts";
import type { ServedPage } from "./page-server.ts";

export interface Visitor {
  readonly page: Page;
  /** Console errors, uncaught errors, failed requests so far. */
  readonly errors: string[];
  /** URLs that the page and its worker requested, `blob:` and `data:` aside. */
  readonly requests: string[];
  /** Letters and scores as the page shows them, best first. */
  ranking(): Promise<{ letter: string; score: number }[]>;
  /** Waits until what `act` starts has been scored. */
  scoredAfter(act: () => Promise<unknown>): Promise<void>;
  text(selector: string): Promise<string>;
  /** Presses a button and returns the file that the page saves, as text. */
  saved(button: string): Promise<string>;
  /** Drops or pastes a file anywhere on the page. */
  give(how: "drop" | "paste", file: GivenFile): Promise<void>;
}

export interface GivenFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: readonly number[];
}

/** The scores that transformers gives the first sample's responses. */
export const REFERENCE_SCORES: readonly number[] = recorded.responses.map(({ steps }) =>
  Number(steps.at(-1)?.[1]),
);

export async function visit(
  browser: Pick<Browser, "newPage">,
  served: Pick<ServedPage, "url">,
  query = "",
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Visitor> {
  const page = await browser.newPage();
  steadyPage(page);
  await page.setViewport({ width: 1280, height: 900 });
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => errors.push(`uncaught: ${String(error)}`));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`console: ${message.text()}`);
  });
  page.on("request", (request: HTTPRequest) => note(requests, request.url()));
  // Firefox reports the requests of workers to the page itself.
  if (inChrome) page.on("workercreated", (worker) => void watchWorker(worker.client, requests));
  // A new tab would go on with the session of the test before.
  await page.evaluateOnNewDocument(() => {
    try {
      if (sessionStorage.getItem("vl-reward.session") === null) {
        sessionStorage.setItem("vl-reward.session", "new");
      }
    } catch {
      // A frame without an origin keeps nothing.
    }
  });
  await prepare(page);
  await page.goto(served.url + query, { waitUntil: "load" });
  // A model that the address names is loaded only on request.
  if (query.includes("model=")) {
    await page.waitForSelector("#load-linked");
    await page.click("#load-linked");
  }
  return {
    page,
    errors,
    requests,
    ranking: () => page.evaluate(readRanking),
    scoredAfter: (act) => scoredAfter(page, act),
    text: (selector) => page.$eval(selector, readText),
    saved: (button) => saved(page, button),
    give: (how, file) => page.evaluate(giveFile, how, file),
  };
}

function note(requests: string[], url: string): void {
  if (!url.startsWith("blob:") && !url.startsWith("data:")) {
    requests.push(url);
  }
}

async function watchWorker(client: CDPSession, requests: string[]): Promise<void> {
  client.on("Network.requestWillBeSent", ({ request }) => note(requests, request.url));
  try {
    await client.send("Network.enable");
  } catch (error) {
    // A worker may end, with its page or by `terminate`, before Chrome answers.
    if (!hasEnded(error)) throw error;
  }
}

function hasEnded(error: unknown): boolean {
  if (error instanceof ConnectionClosedError) return true;
  return (
    error instanceof ProtocolError &&
    /target closed|session.* (closed|not found)/i.test(error.message)
  );
}

/** The scores' place in the page is marked as busy while a scoring runs. */
async function scoredAfter(page: Page, act: () => Promise<unknown>): Promise<void> {
  // A scoring that still runs would be taken for the one that `act` starts.
  await page.waitForFunction(
    () => document.querySelector(".answer")?.getAttribute("aria-busy") !== "true",
  );
  await page.evaluate(() => {
    const answer = document.querySelector(".answer");
    globalThis.scoredAgain = new Promise((resolve) => {
      let wasBusy = false;
      const watch = new MutationObserver(() => {
        const isBusy = answer?.getAttribute("aria-busy") === "true";
        if (wasBusy && !isBusy) resolve(true);
        wasBusy ||= isBusy;
      });
      watch.observe(document.body, { subtree: true, attributeFilter: ["aria-busy"] });
    });
  });
  await act();
  await page.evaluate(() => globalThis.scoredAgain);
}

async function saved(page: Page, button: string): Promise<string> {
  await page.evaluate(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => {
      globalThis.savedText = (blob as Blob).text();
      return make(blob);
    };
    HTMLAnchorElement.prototype.click = () => {};
  });
  await page.click(button);
  await page.waitForFunction(() => globalThis.savedText !== undefined);
  const text = await page.evaluate(() => globalThis.savedText);
  await page.evaluate(() => (globalThis.savedText = undefined));
  return text ?? "";
}

/**
 * The text as it is read: white space of the source as one space, spaces that do not break as they
 * are.
 */
function readText(element: Element): string {
  return (element.textContent ?? "").replaceAll(/[^\S\u00a0]+/g, " ").trim();
}

function readRanking(): { letter: string; score: number }[] {
  return [...document.querySelectorAll<HTMLElement>(".place")].map((place) => {
    const text = place.querySelector(".score")?.textContent ?? "";
    const score = Number(text.replace(/[^\d.−]/g, "").replace("−", "-"));
    return { letter: place.dataset["response"] ?? "", score };
  });
}

function giveFile(how: "drop" | "paste", { name, type, bytes }: GivenFile): void {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const event =
    how === "drop"
      ? new DragEvent("drop", { bubbles: true, cancelable: true })
      : new ClipboardEvent("paste", { bubbles: true, cancelable: true });
  // Firefox drops the pasted data of a synthetic event.
  Object.defineProperty(event, how === "drop" ? "dataTransfer" : "clipboardData", {
    value: transfer,
  });
  document.body.dispatchEvent(event);
}

declare global {
  var scoredAgain: Promise<boolean>;
  var savedText: Promise<string> | undefined;
}
