// Tested by: test/demo/offline/update.browser.test.ts
/**
 * The page's side of its offline copy: it starts the service worker once nothing else is to be
 * done, says what is kept, and offers a newer version. Whatever fails here, the page goes on.
 */
import { noteRequests } from "../base/requests.ts";
import type { Page } from "../base/page.ts";
import { offline } from "./state.ts";
import type { WhyNot } from "./state.ts";
import type { OfflineAnswer, OfflineAsk, OfflineNews } from "./protocol.ts";

/** What the page tells of itself. */
export interface Work {
  /** Whether something runs that a reload would end. */
  isBusy(): boolean;
  /** Keeps what a person has written, before the page is loaded again. */
  save(): Promise<void>;
}

const LOOK_MS = 250;
/** How often a page that stays open looks for a newer version, when it is shown again. */
const UPDATE_MS = 60 * 60 * 1000;
/** A service worker that does not answer in this time does not hold the page up. */
const PATIENCE_MS = 10_000;

/** Starts the service worker that the build names, after all that runs. */
export async function keepOffline(page: Page, work: Work): Promise<void> {
  const script = document.querySelector<HTMLMetaElement>("meta[name=service-worker]")?.content;
  const offered = container();
  if (script === undefined) return tellNotKept(page, { code: "unserved" });
  if (offered === undefined) return tellNotKept(page, { code: "none" });
  listen(page, offered);
  const had = await offered.getRegistration().catch(() => undefined);
  // What is there already is shown, whatever runs.
  if (had !== undefined) follow(page, had);
  await until(() => !work.isBusy());
  if (had === undefined && savesData()) return tellNotKept(page, { code: "saving" });
  if (had === undefined) page.change(offline, { kept: { kind: "filling" } });
  try {
    const address = new URL(script, document.baseURI);
    const registration = await offered.register(address, { updateViaCache: "none" });
    if (had === undefined) follow(page, registration);
  } catch (error) {
    // Without the network the copy of before goes on.
    if (had !== undefined) return;
    tellNotKept(page, { code: "failed", detail: (error as Error).message });
  }
}

/** Loads the page in its newer version, as soon as nothing runs. Nothing is stopped for it. */
export async function takeUpdate(page: Page, work: Work): Promise<void> {
  const offered = container();
  page.change(offline, { update: { kind: "wanted" } });
  await until(() => !work.isBusy());
  await work.save();
  const waiting = (await offered?.getRegistration())?.waiting;
  const changed = new Promise((resolve) =>
    offered?.addEventListener("controllerchange", resolve, { once: true }),
  );
  if (waiting) {
    const { otherTabs = 0 } = await ask(waiting, { ask: "take" });
    if (otherTabs > 0) {
      page.change(offline, { update: { kind: "elsewhere", otherTabs } });
      return;
    }
    await Promise.race([changed, late()]);
  }
  location.reload();
}

/** Returns what the browser offers; undefined if it has none for this page. */
function container(): ServiceWorkerContainer | undefined {
  try {
    return navigator.serviceWorker;
  } catch {
    // A frame without an origin may not even ask.
    return undefined;
  }
}

function listen(page: Page, offered: ServiceWorkerContainer): void {
  offered.addEventListener("message", ({ data }: MessageEvent<Partial<OfflineNews>>) => {
    const { isKept, notKept, requests } = data.offline ?? {};
    if (requests !== undefined) noteRequests(requests);
    if (notKept !== undefined) tellNotKept(page, notKept);
    if (isKept === true) void lookKept(page, offered);
  });
  offered.startMessages();
}

function follow(page: Page, registration: ServiceWorkerRegistration): void {
  const offered = navigator.serviceWorker;
  const look = (): void => {
    const { waiting, active } = registration;
    // Without an active one, the waiting one is the first, and takes over by itself.
    const { update } = page.get(offline);
    if (waiting && active && update.kind === "none") {
      page.change(offline, { update: { kind: "offered" } });
    }
  };
  const watch = (worker: ServiceWorker | null): void =>
    worker?.addEventListener("statechange", () => {
      look();
      if (worker.state === "activated") void lookKept(page, offered);
    });
  watch(registration.installing);
  registration.addEventListener("updatefound", () => watch(registration.installing));
  look();
  if (registration.active) void lookKept(page, offered, true);
  let looked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - looked < UPDATE_MS) return;
    looked = Date.now();
    registration.update().catch(() => {});
  });
}

/** @param repairs whether a copy that is not whole is filled again */
async function lookKept(
  page: Page,
  offered: ServiceWorkerContainer,
  repairs: boolean = false,
): Promise<void> {
  const active = (await offered.getRegistration())?.active;
  if (!active) return;
  const { keptBytes } = await ask(active, { ask: "kept" });
  if (keptBytes !== undefined) {
    page.change(offline, { kept: { kind: "kept", bytes: keptBytes } });
  } else if (repairs) {
    active.postMessage({ ask: "fill" } satisfies OfflineAsk);
  }
}

async function ask(worker: ServiceWorker, question: OfflineAsk): Promise<OfflineAnswer> {
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise<OfflineAnswer>((resolve) => {
    port1.addEventListener("message", ({ data }: MessageEvent<OfflineAnswer>) => resolve(data));
    port1.start();
  });
  worker.postMessage(question, [port2]);
  return await Promise.race([answered, late().then(() => ({}))]);
}

function tellNotKept(page: Page, why: WhyNot): void {
  page.change(offline, { kept: { kind: "not-kept", why } });
}

function savesData(): boolean {
  const { connection } = navigator as { readonly connection?: { readonly saveData?: boolean } };
  return connection?.saveData === true;
}

async function until(isSo: () => boolean): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  while (!isSo());
}

async function late(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
}
