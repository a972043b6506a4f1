/** The page's copy of itself: a cache that fills up, loses files, and is changed from outside. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { OfflineCopy } from "../../../demo/offline/copy.ts";
import type { NotKept, OfflineFault, OfflineList } from "../../../demo/offline/copy.ts";

const SCOPE = "https://site/app/";

/** The part of `Cache` that is used; `room` is the most entries that it takes. */
class FakeCache {
  readonly entries = new Map<string, { bytes: ArrayBuffer; headers: Headers }>();
  room = Infinity;

  async match(url: string): Promise<Response | undefined> {
    const kept = this.entries.get(url);
    return await Promise.resolve(kept && new Response(kept.bytes, { headers: kept.headers }));
  }
  async put(url: string, response: Response): Promise<void> {
    if (this.entries.size >= this.room) {
      throw new DOMException("no room", "QuotaExceededError");
    }
    const { headers } = response;
    this.entries.set(url, { bytes: await response.arrayBuffer(), headers });
  }
  async keys(): Promise<{ url: string }[]> {
    return await Promise.resolve([...this.entries.keys()].map((url) => ({ url })));
  }
}

class FakeCaches {
  readonly all = new Map<string, FakeCache>();
  room = Infinity;

  async open(name: string): Promise<FakeCache> {
    const cache = this.all.get(name) ?? new FakeCache();
    cache.room = this.room;
    this.all.set(name, cache);
    return await Promise.resolve(cache);
  }
  async has(name: string): Promise<boolean> {
    return await Promise.resolve(this.all.has(name));
  }
  async delete(name: string): Promise<boolean> {
    return await Promise.resolve(this.all.delete(name));
  }
  async keys(): Promise<string[]> {
    return await Promise.resolve([...this.all.keys()]);
  }
}

/** A static host's files, by path. */
type Host = Readonly<Record<string, string>>;

interface Site {
  host: Host;
  /** What the browser's own cache has of it, which may be old. */
  httpCache: Host;
  readonly caches: FakeCaches;
  readonly asked: string[];
  isDown: boolean;
}

function site(host: Host): Site {
  return { host, httpCache: {}, caches: new FakeCaches(), asked: [], isDown: false };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function listOf(files: Host): OfflineList {
  const hashes = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, sha256(text)]),
  );
  return {
    version: sha256(JSON.stringify(hashes)).slice(0, 8),
    files: hashes,
    folders: ["model/"],
  };
}

function copyOf(files: Host, at: Site, scope: string = SCOPE): OfflineCopy {
  return new OfflineCopy(listOf(files), scope, {
    caches: at.caches as unknown as CacheStorage,
    async request(url, init) {
      const path = url.slice(scope.length);
      at.asked.push(`${path} ${init.cache ?? ""}`);
      if (at.isDown) throw new TypeError("Failed to fetch");
      const text = (init.cache === "reload" ? undefined : at.httpCache[path]) ?? at.host[path];
      const headers = { "content-type": "text/x", "content-encoding": "gzip", vary: "*" };
      const status = text === undefined ? 404 : 200;
      return await Promise.resolve(new Response(text ?? "none", { status, headers }));
    },
  });
}

const V1: Host = { "index.html": "page 1", "assets/a-1.js": "a 1", "model/weights": "0123456789" };
const V2: Host = { "index.html": "page 2", "assets/a-2.js": "a 2", "model/weights": "0123456789" };

const whyOf = async (work: Promise<unknown>): Promise<NotKept> =>
  await work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: OfflineFault) => error.why,
  );

const textOf = async (response: Response | undefined): Promise<string | undefined> =>
  await response?.text();

async function filled(): Promise<{ at: Site; copy: OfflineCopy; cache: FakeCache }> {
  const at = site(V1);
  const copy = copyOf(V1, at);
  await copy.fill();
  const [cache] = at.caches.all.values();
  if (cache === undefined) throw new Error("no cache was made");
  at.asked.length = 0;
  return { at, copy, cache };
}

test("offline copy: filled, the host down → the page and its files, typed, without a request", async () => {
  const { at, copy } = await filled();
  at.isDown = true;
  const page = await copy.answerPage("index.html");
  expect(page?.headers.get("content-type")).toBe("text/x");
  expect(page?.headers.get("content-encoding")).toBeNull();
  expect(await textOf(page)).toBe("page 1");
  expect(await textOf(await copy.answer("assets/a-1.js", null))).toBe("a 1");
  expect(await copy.keptBytes()).toBe(19);
  expect(at.asked).toEqual([]);
});

test("offline copy: a file that the model does not have → 404, as from the host, without asking it", async () => {
  const { at, copy } = await filled();
  expect((await copy.answer("model/reward.json", null))?.status).toBe(404);
  expect(at.asked).toEqual([]);
});

test.each([
  ["bytes=2-4", 206, "bytes 2-4/10", "234"],
  ["bytes=8-", 206, "bytes 8-9/10", "89"],
  ["bytes=8-99", 206, "bytes 8-9/10", "89"],
  ["bytes=10-", 416, "bytes */10", ""],
  ["bytes=-3", 200, null, "0123456789"],
])("offline copy: asked for %s → %d", async (range, status, contentRange, text) => {
  const { copy } = await filled();
  const response = await copy.answer("model/weights", range);
  expect(response?.status).toBe(status);
  expect(response?.headers.get("content-range")).toBe(contentRange);
  expect(await textOf(response)).toBe(text);
});

test.each([
  [SCOPE, true, "index.html"],
  [`${SCOPE}?model=x#rank`, true, "index.html"],
  [`${SCOPE}index.html`, true, "index.html"],
  [`${SCOPE}model/weights`, false, "model/weights"],
  [`${SCOPE}model/weights?secret`, false, undefined],
  [`${SCOPE}model/reward.json`, false, "model/reward.json"],
  [`${SCOPE}other/reward.json`, false, undefined],
  [`${SCOPE}bench.html`, true, undefined],
  [`${SCOPE}toString`, false, undefined],
  [`${SCOPE}%E0%A4%A`, false, undefined],
  ["https://site/index.html", true, undefined],
  ["https://other/app/index.html", false, undefined],
])("offline copy: %s → only its own files", (url, isPage, path) => {
  expect(copyOf(V1, site(V1)).pathOf(url, isPage)).toBe(path);
});

test.each<[string, (at: Site) => void, NotKept]>([
  ["a full disk", (at) => (at.caches.room = 2), { code: "full", detail: "no room" }],
  ["no room for the last entry", (at) => (at.caches.room = 3), { code: "full", detail: "no room" }],
  [
    "a host that changed a file",
    (at) => (at.host = { ...V1, "index.html": "page 1 <script>" }),
    { code: "changed", detail: "index.html" },
  ],
  [
    "a host without a file",
    (at) => (at.host = { "index.html": "page 1", "assets/a-1.js": "a 1" }),
    { code: "changed", detail: "model/weights" },
  ],
])("offline copy: %s → refused by name, and nothing is kept", async (_, spoil, why) => {
  const at = site(V1);
  spoil(at);
  const copy = copyOf(V1, at);
  expect(await whyOf(copy.fill())).toEqual(why);
  expect(at.caches.all.size).toBe(0);
  expect(await copy.keptBytes()).toBeUndefined();
});

test("offline copy: the network gone while it fills → refused, nothing is kept", async () => {
  const at = site(V1);
  at.isDown = true;
  expect((await whyOf(copyOf(V1, at).fill())).code).toBe("unreachable");
  expect(at.caches.all.size).toBe(0);
});

test("offline copy: a file of the browser's own cache is old → asked for again past it", async () => {
  const at = site(V1);
  at.httpCache = { "index.html": "page 0" };
  const copy = copyOf(V1, at);
  await copy.fill();
  expect(await textOf(await copy.answerPage("index.html"))).toBe("page 1");
  expect(at.asked).toContain("index.html reload");
});

test("offline copy: the next version → files that stay are not fetched, the old cache goes", async () => {
  const { at } = await filled();
  at.host = V2;
  const next = copyOf(V2, at);
  await next.fill();
  expect(
    at.asked.map((line) => line.split(" ")[0] ?? "").toSorted((a, b) => (a < b ? -1 : 1)),
  ).toEqual(["assets/a-2.js", "index.html"]);
  expect(at.caches.all.size).toBe(2);
  await next.removeOthers();
  expect(at.caches.all.size).toBe(1);
  at.isDown = true;
  expect(await textOf(await next.answerPage("index.html"))).toBe("page 2");
});

test("offline copy: other pages of the site → their caches stay", async () => {
  const { at } = await filled();
  const below = `${SCOPE}below/`;
  await copyOf(V1, at, below).fill();
  await at.caches.open("another app");
  at.host = V2;
  const next = copyOf(V2, at);
  await next.fill();
  await next.removeOthers();
  const versions = [listOf(V1).version, listOf(V2).version];
  expect([...at.caches.all.keys()]).toEqual([
    `vl-reward offline ${below} ${versions[0]}`,
    "another app",
    `vl-reward offline ${SCOPE} ${versions[1]}`,
  ]);
});

/** Ways in which a cache is damaged. */
const DAMAGE: readonly [string, (cache: FakeCache) => void][] = [
  ["a file is missing", (cache) => cache.entries.delete(`${SCOPE}assets/a-1.js`)],
  [
    "a file has other bytes",
    (cache) => {
      const bytes = new TextEncoder().encode("evil").buffer;
      cache.entries.set(`${SCOPE}assets/a-1.js`, { bytes, headers: new Headers() });
    },
  ],
  [
    "half filled, without its mark",
    (cache) => {
      cache.entries.delete(`${SCOPE}?vl-reward-offline`);
      cache.entries.delete(`${SCOPE}model/weights`);
      cache.entries.delete(`${SCOPE}assets/a-1.js`);
    },
  ],
  ["emptied", (cache) => cache.entries.clear()],
];

test.each(DAMAGE)("offline copy: %s, the host has it → repaired, right", async (_, spoil) => {
  const { at, copy, cache } = await filled();
  spoil(cache);
  expect(await textOf(await copy.answerPage("index.html"))).toBe("page 1");
  expect(await textOf(await copy.answer("assets/a-1.js", null))).toBe("a 1");
  at.isDown = true;
  const again = copyOf(V1, at);
  expect(await textOf(await again.answerPage("index.html"))).toBe("page 1");
  expect(await textOf(await again.answer("assets/a-1.js", null))).toBe("a 1");
});

test.each(DAMAGE)("offline copy: %s, the host is newer → never a mixed page", async (_, spoil) => {
  const { at, copy, cache } = await filled();
  spoil(cache);
  at.host = V2;
  const page = await copy.answerPage("index.html");
  const file = await copy.answer("assets/a-1.js", null);
  if (page === undefined) {
    // The server's page: the copy answers nothing, now and after a restart.
    expect(file).toBeUndefined();
    expect(await copyOf(V1, at).answer("model/weights", null)).toBeUndefined();
    expect(await copyOf(V1, at).answerPage("index.html")).toBeUndefined();
  } else {
    // The page of this version: its file fails rather than be another one's.
    expect(await textOf(page)).toBe("page 1");
    expect(file?.type).toBe("error");
  }
});

test("offline copy: damaged and offline → says so, and works once it is online", async () => {
  const { at, copy, cache } = await filled();
  cache.entries.delete(`${SCOPE}model/weights`);
  at.isDown = true;
  const page = await copy.answerPage("index.html");
  expect(page?.status).toBe(503);
  expect(await textOf(page)).toContain("lacks model/weights");
  at.isDown = false;
  expect(await textOf(await copy.answerPage("index.html"))).toBe("page 1");
});

test("offline copy: left to the server, filled again → refused as long as the server is newer", async () => {
  const { at, copy, cache } = await filled();
  cache.entries.clear();
  at.host = V2;
  expect(await copy.answerPage("index.html")).toBeUndefined();
  expect((await whyOf(copy.fill())).code).toBe("changed");
  expect(await copyOf(V1, at).answer("model/weights", null)).toBeUndefined();
  at.host = V1;
  await copy.fill();
  expect(await textOf(await copy.answerPage("index.html"))).toBe("page 1");
});
