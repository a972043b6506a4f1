// Tested by: test/store/copies/quantised-copy.gpu.test.ts
/**
 * Manages the models that this browser stores for this site: lists, verifies, repairs and deletes
 * them. `storedSource` stores models and reads them.
 */
import { kindOf } from "../base/json.ts";
import { checkOptions, isFlag, isFunction, isSignal, objectWith } from "../base/options.ts";
import type { Rules } from "../base/options.ts";
import { InputError, UnsupportedError, WeightsError } from "../errors.ts";
import type { QuantisedForm } from "../kernels/weight-forms.ts";
import { resolveSource } from "../files/resolve-source.ts";
import type { Source } from "../files/source.ts";
import { checkModel, repairModel } from "./read/check-model.ts";
import type { CheckOptions, DamagedRange } from "./read/check-model.ts";
import { guardDirectory, StoreFault } from "./layout/directory.ts";
import type { StoreDirectory } from "./layout/directory.ts";
import { isThere } from "./download/keep-model.ts";
import { allManifests, allParts, findManifest } from "./library.ts";
import { removeManifests, removeParts, sweep } from "./library.ts";
import type { Part } from "./library.ts";
import { browserLocks } from "./tabs/locks.ts";
import type { StoreLocks } from "./tabs/locks.ts";
import { manifestBytes } from "./layout/manifest.ts";
import type { Manifest } from "./layout/manifest.ts";
import { opfsDirectory } from "./layout/opfs-directory.ts";
import { copyForm, originalOf } from "./copies/copy-name.ts";

export interface ModelStoreOptions {
  /** The directory in the origin private file system; `vl-reward` by default. */
  readonly name?: string | undefined;
  /** Replaces the origin private file system. */
  readonly directory?: StoreDirectory | undefined;
  /** Replaces the browser's locks. */
  readonly locks?: StoreLocks | undefined;
}

/** A model in the store. */
export interface StoredModel {
  /**
   * The source's name: `org/name@revision`, or the folder's URL; `q4 of …` for a quantised copy.
   */
  readonly name: string;
  /** The original model of a quantised copy. */
  readonly copyOf: string | undefined;
  /** The form of a quantised copy. */
  readonly form: QuantisedForm | undefined;
  readonly revision: string | undefined;
  /** False if a download was not finished; loading the model resumes it. */
  readonly isComplete: boolean;
  /** Bytes that are stored. */
  readonly byteLength: number;
  /** Bytes that no other model shares: they become free if this model alone is deleted. */
  readonly ownBytes: number;
  /** When it was complete, ISO 8601. */
  readonly storedAt: string | undefined;
  readonly files: readonly {
    readonly path: string;
    readonly byteLength: number;
    /** Undefined if the file is not complete. */
    readonly sha256: string | undefined;
  }[];
}

/** What `verify` and `repair` found. */
export interface StoreVerdict {
  readonly ok: boolean;
  /** Bytes that differ from the stored ones. */
  readonly damaged: readonly DamagedRange[];
}

export interface DeleteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Keeps the quantised copies of the model, which load without the original files. */
  readonly keepQuantised?: boolean | undefined;
}

export interface RepairOptions extends CheckOptions {
  /** Where to fetch from; by default the place that the model's name says. */
  readonly source?: Source | undefined;
}

const DIRECTORY = "vl-reward";

const OPEN_RULES: Rules<ModelStoreOptions> = {
  // The name of a directory, which is created.
  name: { expected: "a name without slashes", fits: (name) => /^[^/\\]+$/.test(String(name)) },
  directory: objectWith("a StoreDirectory", "names", "open", "create"),
  locks: objectWith("StoreLocks", "exclusive"),
};
const CHECK_RULES: Rules<CheckOptions> = { signal: isSignal, onProgress: isFunction };
const DELETE_RULES: Rules<DeleteOptions> = { signal: isSignal, keepQuantised: isFlag };
const REPAIR_RULES: Rules<RepairOptions> = {
  ...CHECK_RULES,
  source: objectWith("a Source", "open"),
};

/** Models in the origin private file system. Its owner calls `close`. */
export class ModelStore {
  /** @internal */
  readonly directory: StoreDirectory;
  /** @internal */
  readonly locks: StoreLocks;
  /**
   * The name of the lock that a writer holds.
   * @internal
   */
  readonly lockName: string;

  private constructor(directory: StoreDirectory, locks: StoreLocks, lockName: string) {
    this.directory = directory;
    this.locks = locks;
    this.lockName = lockName;
  }

  /**
   * Opens the store of this site, or creates it.
   * @throws UnsupportedError if the browser stores no files for the page (no HTTPS, a private
   *   window)
   */
  static async open(options: ModelStoreOptions = {}): Promise<ModelStore> {
    checkOptions("ModelStore.open", options, OPEN_RULES);
    const { name = DIRECTORY, locks = browserLocks() } = options;
    const directory = options.directory ?? (await openDirectory(name));
    return new ModelStore(guardDirectory(directory), locks, `${name} store`);
  }

  /**
   * Returns the model's manifest, if all of its files are there. For `storedSource`: throws
   * `StoreFault`.
   * @internal
   */
  async find(name: string): Promise<Manifest | undefined> {
    const manifest = await findManifest(this.directory, name);
    for (const file of manifest?.files ?? []) {
      if (!(await isThere(this.directory, file))) return undefined;
    }
    return manifest;
  }

  /** Tells whether a model can be loaded without the network. */
  async has(name: string): Promise<boolean> {
    checkName(name);
    return await withTypedErrors(async () => (await this.find(name)) !== undefined);
  }

  /** Returns all models: complete ones first, then the quantised copies. */
  async list(): Promise<StoredModel[]> {
    return await withTypedErrors(() => this.#list());
  }

  async #list(): Promise<StoredModel[]> {
    const manifests = await allManifests(this.directory);
    const complete = manifests.map((manifest) => ({
      name: manifest.source,
      copyOf: originalOf(manifest.source),
      form: copyForm(manifest.source),
      revision: manifest.revision,
      isComplete: true,
      byteLength: manifestBytes(manifest),
      ownBytes: countOwnBytes(manifest, manifests),
      storedAt: manifest.storedAt,
      files: manifest.files.map(({ path, byteLength, sha256 }) => ({ path, byteLength, sha256 })),
    }));
    const models = [...complete, ...listIncomplete(await allParts(this.directory))];
    return [
      ...models.filter(({ copyOf }) => copyOf === undefined),
      ...models.filter(({ copyOf }) => copyOf !== undefined),
    ];
  }

  /**
   * Hashes all of a model again. Every flipped bit of its files is found.
   * @throws InputError if there is no such model
   */
  async verify(name: string, options: CheckOptions = {}): Promise<StoreVerdict> {
    checkName(name);
    checkOptions("verify", options, CHECK_RULES);
    return await withTypedErrors(() => this.#verify(name, options));
  }

  async #verify(name: string, options: CheckOptions): Promise<StoreVerdict> {
    const manifest = await this.#manifest(name);
    const totalBytes = manifestBytes(manifest);
    let loadedBytes = 0;
    const onBytes = (bytes: number): void => {
      loadedBytes += bytes;
      options.onProgress?.(loadedBytes, totalBytes);
    };
    const damaged = await checkModel(this.directory, manifest, onBytes, options.signal);
    return { ok: damaged.length === 0, damaged };
  }

  /**
   * Fetches damaged bytes from the source again.
   * @returns what was damaged and is repaired now
   * @throws InputError if there is no such model, WeightsError if the source has another version
   *   now
   */
  async repair(name: string, options: RepairOptions = {}): Promise<StoreVerdict> {
    checkName(name);
    checkOptions("repair", options, REPAIR_RULES);
    const { signal } = options;
    return await this.#write(signal, async () => {
      const found = await this.#verify(name, options);
      if (found.ok) return found;
      if (originalOf(name) !== undefined) throw notToBeFetched(name);
      const source = options.source ?? resolveSource(name);
      const manifest = await this.#manifest(name);
      await repairModel(this.directory, manifest, found.damaged, source, signal);
      const { ok } = await this.#verify(name, { signal });
      return { ok, damaged: found.damaged };
    });
  }

  /**
   * Removes a model, its quantised copies, and its unfinished downloads. Files that other models
   * share stay.
   */
  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    checkName(name);
    checkOptions("delete", options, DELETE_RULES);
    const { signal, keepQuantised } = options;
    await this.#write(signal, async () => {
      const copies = (await this.#list()).filter(({ copyOf }) => copyOf === name);
      for (const gone of [name, ...(keepQuantised ? [] : copies.map((copy) => copy.name))]) {
        await removeManifests(this.directory, gone);
        await removeParts(this.directory, gone);
      }
      await sweep(this.directory);
    });
  }

  /**
   * Returns whether models can be stored: writes a byte to find out. A page's
   * Content-Security-Policy may forbid the worker that writes, and the disk may be full. Models
   * load without the store too.
   */
  async canWrite(): Promise<boolean> {
    // A new name for each attempt: two tabs may try together. A sweep removes what is left.
    const name = `try-${crypto.randomUUID()}.data`;
    try {
      const file = await this.directory.create(name);
      try {
        await file.write(0, new Uint8Array(1));
        await file.flush();
      } finally {
        await file.close();
      }
      return true;
    } catch {
      return false;
    } finally {
      await this.directory.remove(name).catch(() => {});
    }
  }

  /**
   * Asks the browser to keep the store until a person removes it. Call it on a person's click.
   * @returns whether it will. Workers cannot ask, and get false.
   */
  async persist(): Promise<boolean> {
    const storage = globalThis.navigator?.storage as Partial<StorageManager> | undefined;
    return (await storage?.persist?.()) ?? false;
  }

  /**
   * Returns the browser's estimate of this site's space. It may be wrong: only writing shows the
   * real space.
   */
  async estimate(): Promise<{ usedBytes: number; quotaBytes: number } | undefined> {
    const storage = globalThis.navigator?.storage as Partial<StorageManager> | undefined;
    const estimate = await storage?.estimate?.();
    if (estimate?.usage === undefined || estimate.quota === undefined) return undefined;
    return { usedBytes: estimate.usage, quotaBytes: estimate.quota };
  }

  /** Releases the directory. Close the sources that were opened from it before. */
  close(): void {
    this.directory.close();
  }

  async #manifest(name: string): Promise<Manifest> {
    const manifest = await findManifest(this.directory, name);
    if (manifest !== undefined) return manifest;
    throw new InputError({
      where: "model store",
      what: "there is no such model",
      got: JSON.stringify(name),
      todo: "See `list` for the stored models",
    });
  }

  async #write<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return await withTypedErrors(() => this.locks.exclusive(this.lockName, signal, () => {}, work));
  }
}

/** Refuses names of other types: `has` would answer false, and hide the mistake. */
function checkName(name: unknown): void {
  if (typeof name === "string") return;
  const todo = "Give a name from `list`";
  throw new InputError({ where: "model store, name", expected: "a text", got: kindOf(name), todo });
}

function notToBeFetched(name: string): WeightsError {
  return new WeightsError({
    where: name,
    what: "was made on this machine, and cannot be fetched",
    todo: "Delete it: the next visit makes it again",
  });
}

/** Turns errors of the store, which fails or is in use, into errors of the engine. */
async function withTypedErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof StoreFault)) throw cause;
    const todo = cause.isQuota
      ? "Delete models that are not needed, or free space on the disk"
      : "Close other tabs that use the model, and try again";
    throw new UnsupportedError({ where: "model store", what: cause.message, todo, cause });
  }
}

function countOwnBytes(manifest: Manifest, all: readonly Manifest[]): number {
  const others = all.filter(({ source }) => source !== manifest.source);
  const shared = new Set(others.flatMap(({ files }) => files.map(({ blob }) => blob)));
  const own = manifest.files.filter(({ blob }) => !shared.has(blob));
  return own.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Groups parts by their source. */
function listIncomplete(parts: readonly Part[]): StoredModel[] {
  const names = new Set(parts.map(({ header }) => header.source));
  return [...names].map((name) => {
    const own = parts.filter(({ header }) => header.source === name);
    const byteLength = own.reduce((sum, { landedBytes }) => sum + landedBytes, 0);
    return {
      name,
      copyOf: originalOf(name),
      form: copyForm(name),
      revision: undefined,
      isComplete: false,
      byteLength,
      ownBytes: byteLength,
      storedAt: undefined,
      files: own.map(({ header }) => ({
        path: header.path,
        byteLength: header.byteLength,
        sha256: undefined,
      })),
    };
  });
}

async function openDirectory(name: string): Promise<StoreDirectory> {
  try {
    return await opfsDirectory(name);
  } catch (cause) {
    throw new UnsupportedError({
      where: "model store",
      what: "this page may not store files",
      got: cause instanceof Error ? cause.message : undefined,
      todo: "Serve the page over HTTPS, and not in a private window; models load without the store too",
      cause,
    });
  }
}
