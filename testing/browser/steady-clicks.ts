/**
 * Clicks as a person makes them, on a page that moves: what puppeteer clicks is a point, measured
 * before the press, and on a busy machine the element may have moved away by then.
 */
import type { Browser, JSHandle, Page } from "puppeteer";

/** How often a click is tried, each time at the element's new place. */
const TRIES = 20;

const steady = new WeakSet<Page>();

/** Makes `page.click` of all pages opened from now on press again until the element is clicked. */
export function steadyClicks(browser: Browser): void {
  const open = browser.newPage.bind(browser);
  browser.newPage = async (...options) => {
    const page = await open(...options);
    steadyPage(page);
    return page;
  };
}

/** Does so for one page: a browser's contexts open pages of their own. */
export function steadyPage(page: Page): void {
  if (steady.has(page)) return;
  steady.add(page);
  const press = page.click.bind(page);
  page.click = async (selector, how) => {
    await clickUntilTaken(page, selector, async () => await press(selector, how));
  };
}

async function clickUntilTaken(
  page: Page,
  selector: string,
  press: () => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const element = await page.$(selector);
    // The element that gets a click says so, also if the click's own listeners then take it away.
    const taken = await element?.evaluateHandle((node) => {
      const state = { taken: false };
      node.addEventListener("click", () => (state.taken = true), { once: true, capture: true });
      return state;
    });
    await press();
    if (taken === undefined || (await wasTaken(taken))) return;
    if (tries === TRIES) {
      throw new Error(
        `${selector}: expected a click on it, got ${TRIES} beside it. Is it covered?`,
      );
    }
  }
}

async function wasTaken(state: JSHandle<{ taken: boolean }>): Promise<boolean> {
  try {
    return await state.evaluate(({ taken }) => taken);
  } catch (error) {
    // The click led to another page, or closed its own.
    if (/context|JavaScript world|target closed|detached|no such/i.test(String(error))) return true;
    throw error;
  }
}
