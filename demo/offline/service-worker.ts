// Tested by: test/demo/offline/offline.browser.test.ts
/**
 * The page's service worker: it keeps the page and the embedded model, and answers with them.
 *
 * It touches the files of its list and no other request: no model that a person asked for, no other
 * server, no other page of the same folder. It sees no picture and no text.
 */
import { watchRequests } from "../base/requests.ts";
import { OfflineCopy, OfflineFault } from "./copy.ts";
import type { OfflineList } from "./copy.ts";
import type { OfflineAnswer, OfflineAsk, OfflineNews } from "./protocol.ts";

/** The build puts it before this script. */
declare const OFFLINE_LIST: OfflineList;

/** The types of the browser's library are those of windows. */
interface LifeEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface AskEvent extends LifeEvent {
  readonly data: OfflineAsk;
  readonly ports: readonly MessagePort[];
  readonly source: { readonly id: string } | null;
}
interface FileEvent extends LifeEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Client {
  readonly id: string;
  readonly url: string;
  postMessage(message: OfflineNews): void;
}
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { includeUncontrolled: boolean; type: "window" }): Promise<Client[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: LifeEvent) => void): void;
  addEventListener(type: "message", listener: (event: AskEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FileEvent) => void): void;
}

const scope = globalThis as unknown as Scope;
const copy = new OfflineCopy(OFFLINE_LIST, scope.registration.scope, {
  caches,
  request: (url, init) => fetch(url, init),
});

watchRequests((requests) => void tell({ offline: { requests } }));

scope.addEventListener("install", (event) => event.waitUntil(fill()));

scope.addEventListener("activate", (event) => {
  event.waitUntil(copy.removeOthers().then(() => scope.clients.claim()));
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const isPage = request.mode === "navigate";
  const path = request.method === "GET" ? copy.pathOf(request.url, isPage) : undefined;
  if (path !== undefined) event.respondWith(answer(path, isPage, request));
});

scope.addEventListener("message", (event) => {
  const { data, ports, source } = event;
  const reply = (told: OfflineAnswer): void => ports[0]?.postMessage(told);
  if (data.ask === "kept") {
    event.waitUntil(copy.keptBytes().then((keptBytes) => reply({ keptBytes })));
  } else if (data.ask === "fill") {
    event.waitUntil(fill().catch(() => {}));
  } else if (data.ask === "take") {
    event.waitUntil(take(source?.id).then((otherTabs) => reply({ otherTabs })));
  }
});

async function fill(): Promise<void> {
  try {
    await copy.fill();
    await tell({ offline: { isKept: true } });
  } catch (error) {
    if (error instanceof OfflineFault) await tell({ offline: { notKept: error.why } });
    throw error;
  }
}

async function answer(path: string, isPage: boolean, request: Request): Promise<Response> {
  const own = isPage
    ? await copy.answerPage(path)
    : await copy.answer(path, request.headers.get("range"));
  return own ?? (await fetch(request));
}

/** Becomes the page's version if only one tab has it open: others would get mixed files. */
async function take(asking: string | undefined): Promise<number> {
  const others = (await tabs()).filter(({ id }) => id !== asking).length;
  if (others === 0) await scope.skipWaiting();
  return others;
}

async function tell(news: OfflineNews): Promise<void> {
  for (const tab of await tabs()) tab.postMessage(news);
}

/** Returns the tabs and frames that show this page; other pages of the site are not asked. */
async function tabs(): Promise<Client[]> {
  const all = await scope.clients.matchAll({ includeUncontrolled: true, type: "window" });
  return all.filter(({ url }) => copy.pathOf(url, true) === "index.html");
}
