/**
 * The page's copy of itself: every file that the build lists, or none.
 *
 * A cache of the browser holds one version. Its name has the version, and a mark in it says that
 * all files are there. A file is answered with only if its SHA-256 is the one of the list: what a
 * cache has lost or changed is fetched again, and a file of another version is never taken for it.
 * So a page is of one version, or it is the server's.
 */

/** What the build says of the page. */
export interface OfflineList {
  /** Changes with any file, and with the service worker. */
  readonly version: string;
  /** Paths below the page's folder, and the SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders with their slash. All their files are listed: another one does not exist. */
  readonly folders: readonly string[];
}

/** Why a page is not kept. */
export interface NotKept {
  readonly code: "full" | "changed" | "unreachable" | "failed";
  /** The file, or the browser's words. */
  readonly detail: string;
}

/** The parts of the browser that the copy needs. */
export interface Around {
  readonly caches: CacheStorage;
  request(url: string, init: RequestInit): Promise<Response>;
}

export class OfflineFault extends Error {
  override readonly name = "OfflineFault";
  readonly why: NotKept;

  constructor(why: NotKept) {
    super(`${why.code}: ${why.detail}`);
    this.why = why;
  }
}

const PREFIX = "vl-reward offline";
const MARK = "?vl-reward-offline";
const HASH = "x-sha256";
/** Requests at a time while the copy is filled. */
const AT_ONCE = 4;
/** Headers that are of one answer, not of the file. A cache takes no `vary: *`. */
const OF_TRANSFER = ["content-encoding", "content-length", "content-range", "vary"];

interface File {
  readonly headers: Headers;
  readonly bytes: ArrayBuffer;
}

/** "whole": all files are there. "left": the server has another version, and answers instead. */
type Mark = "whole" | "left" | undefined;

export class OfflineCopy {
  readonly #list: OfflineList;
  readonly #scope: string;
  readonly #around: Around;
  /** Files that were read and found right since the page was last opened. */
  #checked = new Map<string, Promise<File>>();
  #mark: Promise<Mark> | undefined;

  /** @param scope the address of the page's folder, with its slash */
  constructor(list: OfflineList, scope: string, around: Around) {
    this.#list = list;
    this.#scope = scope;
    this.#around = around;
  }

  get #prefix(): string {
    return `${PREFIX} ${this.#scope} `;
  }

  get #name(): string {
    return `${this.#prefix}${this.#list.version}`;
  }

  /** Returns the path of a file that the copy answers for; undefined for every other address. */
  pathOf(url: string, isPage: boolean): string | undefined {
    if (!url.startsWith(this.#scope)) return undefined;
    const [rest = ""] = url.slice(this.#scope.length).split("#");
    // The page reads its own query; a file with one is another file.
    const path = isPage ? (rest.split("?")[0] ?? "") : rest;
    const file = path === "" ? "index.html" : decoded(path);
    const isInFolder =
      !file.includes("?") && this.#list.folders.some((folder) => file.startsWith(folder));
    const isOwn = this.#isListed(file) || isInFolder;
    return isOwn ? file : undefined;
  }

  /**
   * Fetches all files, or takes them from the copy of the version before.
   * @throws OfflineFault; nothing is kept then
   */
  async fill(): Promise<void> {
    const before = await this.#readMark();
    if (before === "whole") return;
    const cache = await this.#around.caches.open(this.#name);
    try {
      const others = await this.#otherCaches();
      await this.#eachFile(async (path) => {
        const file = (await this.#fromOthers(path, others)) ?? (await this.#fetched(path));
        await this.#put(cache, path, file);
      });
      await this.#setMark("whole");
    } catch (error) {
      await this.#around.caches.delete(this.#name);
      // The server goes on to answer.
      if (before === "left") await this.#setMark("left").catch(() => {});
      throw asFault(error);
    }
  }

  /** Removes the copies of other versions of this page. */
  async removeOthers(): Promise<void> {
    const names = await this.#otherNames();
    await Promise.all(names.map((name) => this.#around.caches.delete(name)));
  }

  /** Returns the bytes of the copy; undefined if it is not whole. */
  async keptBytes(): Promise<number | undefined> {
    if ((await this.#readMark()) !== "whole") return undefined;
    const cache = await this.#around.caches.open(this.#name);
    const files = await Promise.all(this.#paths().map((path) => cache.match(this.#urlOf(path))));
    if (files.includes(undefined)) return undefined;
    const sizes = files.map(async (file) => (await file?.blob())?.size ?? Number.NaN);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  /**
   * Answers with the page itself. Before, all files are looked for: what is missing is fetched, and
   * if that cannot be, the copy is left, and the server answers from then on.
   */
  async answerPage(path: string): Promise<Response | undefined> {
    this.#checked = new Map();
    this.#mark = undefined;
    if ((await this.#markOnce()) === "left") return undefined;
    if (!this.#isListed(path)) return noSuchFile();
    try {
      await this.#repair();
      return responseOf(await this.#file(path), undefined);
    } catch (error) {
      const { why } = asFault(error);
      // Without the network there is nothing better than to say so.
      if (why.code === "unreachable") return damagedPage(why.detail);
      await this.#leave();
      return undefined;
    }
  }

  /** Answers with a file of the page. @returns undefined if the server is to answer */
  async answer(path: string, range: string | null): Promise<Response | undefined> {
    if ((await this.#markOnce()) === "left") return undefined;
    // A checkpoint's reader asks for files that not every model has.
    if (!this.#isListed(path)) return noSuchFile();
    try {
      return responseOf(await this.#file(path), range ?? undefined);
    } catch {
      // A file of another version would be worse than none.
      return Response.error();
    }
  }

  /** Fetches what is missing. @throws OfflineFault */
  async #repair(): Promise<void> {
    const cache = await this.#around.caches.open(this.#name);
    const kept = new Set((await cache.keys()).map(({ url }) => url));
    const missing = this.#paths().filter((path) => !kept.has(this.#urlOf(path)));
    const isMarked = (await this.#markOnce()) === "whole";
    if (isMarked && missing.length === 0) return;
    await Promise.all(
      missing.map(async (path) => await this.#put(cache, path, await this.#fetched(path))),
    );
    await this.#setMark("whole");
  }

  /** Removes the files, and notes that the server answers. */
  async #leave(): Promise<void> {
    this.#checked = new Map();
    await this.#around.caches.delete(this.#name);
    await this.#setMark("left").catch(() => {
      // A disk without any room: the next visit finds out again.
      this.#mark = Promise.resolve("left");
    });
  }

  async #file(path: string): Promise<File> {
    const before = this.#checked.get(path);
    if (before !== undefined) return await before;
    const file = this.#read(path);
    this.#checked.set(path, file);
    file.catch(() => this.#checked.delete(path));
    return await file;
  }

  async #read(path: string): Promise<File> {
    const cache = await this.#around.caches.open(this.#name);
    const kept = await rightFile(await cache.match(this.#urlOf(path)), this.#hashOf(path));
    if (kept !== undefined) return kept;
    const file = await this.#fetched(path);
    // It is kept if there is room; it is right in any case.
    await this.#put(cache, path, file).catch(() => {});
    return file;
  }

  /** Fetches a file of this version. @throws OfflineFault */
  async #fetched(path: string): Promise<File> {
    // What the browser's own cache has may be of the version before.
    for (const cache of ["no-cache", "reload"] as const) {
      let response: Response;
      try {
        response = await this.#around.request(this.#urlOf(path), { cache });
      } catch {
        throw new OfflineFault({ code: "unreachable", detail: path });
      }
      if (response.status >= 500) throw new OfflineFault({ code: "unreachable", detail: path });
      const file = response.ok ? await rightFile(response, this.#hashOf(path)) : undefined;
      if (file !== undefined) return file;
    }
    throw new OfflineFault({ code: "changed", detail: path });
  }

  async #fromOthers(path: string, others: readonly Cache[]): Promise<File | undefined> {
    const hash = this.#hashOf(path);
    for (const cache of others) {
      const kept = await cache.match(this.#urlOf(path));
      if (kept?.headers.get(HASH) === hash) return await rightFile(kept, hash);
    }
    return undefined;
  }

  async #put(cache: Cache, path: string, { headers, bytes }: File): Promise<void> {
    const own = new Headers(headers);
    own.set(HASH, this.#hashOf(path));
    await cache.put(this.#urlOf(path), new Response(bytes, { headers: own }));
  }

  async #eachFile(work: (path: string) => Promise<void>): Promise<void> {
    const waiting = this.#paths();
    const line = async (): Promise<void> => {
      for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) await work(path);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, line));
  }

  async #otherNames(): Promise<string[]> {
    const names = await this.#around.caches.keys();
    return names.filter((name) => name.startsWith(this.#prefix) && name !== this.#name);
  }

  async #otherCaches(): Promise<Cache[]> {
    const names = await this.#otherNames();
    return await Promise.all(names.map((name) => this.#around.caches.open(name)));
  }

  async #markOnce(): Promise<Mark> {
    this.#mark ??= this.#readMark();
    return await this.#mark;
  }

  async #readMark(): Promise<Mark> {
    if (!(await this.#around.caches.has(this.#name))) return undefined;
    const cache = await this.#around.caches.open(this.#name);
    const mark = await (await cache.match(this.#scope + MARK))?.text();
    return mark === "whole" || mark === "left" ? mark : undefined;
  }

  async #setMark(mark: "whole" | "left"): Promise<void> {
    const cache = await this.#around.caches.open(this.#name);
    await cache.put(this.#scope + MARK, new Response(mark));
    this.#mark = Promise.resolve(mark);
  }

  #isListed(path: string): boolean {
    return Object.hasOwn(this.#list.files, path);
  }

  #paths(): string[] {
    return Object.keys(this.#list.files);
  }

  #urlOf(path: string): string {
    return new URL(encodeURI(path), this.#scope).href;
  }

  #hashOf(path: string): string {
    return this.#list.files[path] ?? "";
  }
}

/** Returns a path as the list has it; no listed path for an address that is none. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return "";
  }
}

/** Returns the file if it is the one with the hash. */
async function rightFile(response: Response | undefined, hash: string): Promise<File | undefined> {
  if (response === undefined) return undefined;
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== hash) return undefined;
  const headers = new Headers(response.headers);
  for (const name of OF_TRANSFER) headers.delete(name);
  return { headers, bytes };
}

/** Returns a file, or the range of its bytes that was asked for. */
function responseOf({ headers, bytes }: File, range: string | undefined): Response {
  const own = new Headers(headers);
  own.delete(HASH);
  const { byteLength } = bytes;
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === "") {
    own.set("content-length", String(byteLength));
    return new Response(bytes, { headers: own });
  }
  const begin = Number(from);
  const end = to === "" ? byteLength : Math.min(Number(to) + 1, byteLength);
  if (begin >= end) {
    own.set("content-range", `bytes */${byteLength}`);
    return new Response(null, { status: 416, headers: own });
  }
  own.set("content-range", `bytes ${begin}-${end - 1}/${byteLength}`);
  own.set("content-length", String(end - begin));
  return new Response(bytes.slice(begin, end), { status: 206, headers: own });
}

function noSuchFile(): Response {
  return new Response("no such file", { status: 404 });
}

function damagedPage(path: string): Response {
  const text =
    `The offline copy of this page lacks ${path}, and the network is not reached. ` +
    "Connect once and load the page again: it repairs itself. Your sessions are kept.";
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return new Response(text, { status: 503, headers });
}

function asFault(error: unknown): OfflineFault {
  if (error instanceof OfflineFault) return error;
  const { name, message } = error as Error;
  const code = name === "QuotaExceededError" ? "full" : "failed";
  return new OfflineFault({ code, detail: message });
}
