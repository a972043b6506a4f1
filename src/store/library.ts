// Tested by: test/store/read/stored-source.test.ts
/**
 * Names the files in the store's directory, and finds them.
 *
 *   <model>.<number>.model   manifest of a complete model; the highest number that is whole counts
 *   <blob>.data              bytes of a file, named by their sha256, or by a source and a path
 *   <blob>.journal           which pieces of it have landed, until a manifest names it
 */
import { closeAfter, readWhole, StoreFault, writeWhole } from "./layout/directory.ts";
import type { StoreDirectory } from "./layout/directory.ts";
import { inspectJournal, shorten } from "./layout/journal.ts";
import type { JournalHeader } from "./layout/journal.ts";
import { encodeManifest, parseManifest } from "./layout/manifest.ts";
import type { Manifest } from "./layout/manifest.ts";
import { sha256OfText, toHex } from "../base/sha256.ts";

/** The landed pieces of a file that no manifest names yet. */
export interface Part {
  readonly blob: string;
  readonly header: JournalHeader;
  readonly landedBytes: number;
}

const MANIFEST = /^([0-9a-f]+)\.(\d+)\.model$/;

export const dataName = (blob: string): string => `${blob}.data`;
export const journalName = (blob: string): string => `${blob}.journal`;

/**
 * Returns the name of a file's bytes: their hash if it is known beforehand, else one made from
 * their origin.
 */
export function blobName(source: string, path: string, sha256: string | undefined): string {
  return sha256 ?? `from-${toHex(sha256OfText(`${source}\0${path}`)).slice(0, 32)}`;
}

function modelName(source: string): string {
  return toHex(sha256OfText(source)).slice(0, 32);
}

/** Returns the manifest of a source's model; undefined if no valid one exists. */
export async function findManifest(
  directory: StoreDirectory,
  source: string,
): Promise<Manifest | undefined> {
  for (const { name } of await manifestNames(directory, source)) {
    const bytes = await readWhole(directory, name);
    const manifest = bytes && parseManifest(bytes);
    if (manifest?.source === source) return manifest;
  }
  return undefined;
}

/** Returns the manifests of all models. */
export async function allManifests(directory: StoreDirectory): Promise<Manifest[]> {
  const bySource = new Map<string, Manifest>();
  for (const { name } of await manifestNames(directory)) {
    const bytes = await readWhole(directory, name);
    const manifest = bytes && parseManifest(bytes);
    if (manifest && !bySource.has(manifest.source)) bySource.set(manifest.source, manifest);
  }
  return [...bySource.values()];
}

/** Commits a model: from here on it exists. Only then are journals and older manifests removed. */
export async function commitManifest(directory: StoreDirectory, manifest: Manifest): Promise<void> {
  const older = await manifestNames(directory, manifest.source);
  const number = (older[0]?.number ?? 0) + 1;
  const name = `${modelName(manifest.source)}.${number}.model`;
  await writeWhole(directory, name, encodeManifest(manifest));
  const written = await readWhole(directory, name);
  if (written === undefined || parseManifest(written) === undefined) {
    throw new StoreFault(`${name} was not kept as written`);
  }
  for (const { blob } of manifest.files) await directory.remove(journalName(blob));
  for (const { name: old } of older) await directory.remove(old);
}

/** Removes the manifests of a model: then it does not exist any more. */
export async function removeManifests(directory: StoreDirectory, source: string): Promise<void> {
  for (const { name } of await manifestNames(directory, source)) await directory.remove(name);
}

/** Returns the files of unfinished or interrupted downloads. */
export async function allParts(directory: StoreDirectory): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of await directory.names()) {
    if (!name.endsWith(".journal")) continue;
    const file = await directory.open(name);
    const found = file && (await closeAfter(file, () => inspectJournal(file)));
    if (found) parts.push({ blob: name.slice(0, -".journal".length), ...found });
  }
  return parts;
}

/** Removes the parts of one source. */
export async function removeParts(directory: StoreDirectory, source: string): Promise<void> {
  for (const { blob, header } of await allParts(directory)) {
    if (header.source === shorten(source)) await removeBlob(directory, blob);
  }
}

/** Removes a file's bytes, the journal first: bytes without one are useless, and are swept. */
export async function removeBlob(directory: StoreDirectory, blob: string): Promise<void> {
  await directory.remove(journalName(blob));
  await directory.remove(dataName(blob));
}

/**
 * Removes unreferenced files: bytes without manifest or journal. A file that another tab uses stays
 * until the next time.
 */
export async function sweep(directory: StoreDirectory): Promise<void> {
  const manifests = await allManifests(directory);
  const kept = new Set(manifests.flatMap(({ files }) => files.map(({ blob }) => blob)));
  const parts = new Set((await allParts(directory)).map(({ blob }) => blob));
  for (const name of await directory.names()) {
    const blob = name.replace(/\.(?:data|journal)$/, "");
    if (blob === name || kept.has(blob) || parts.has(blob)) continue;
    await directory.remove(name).catch(ignoreFault);
  }
}

function ignoreFault(error: unknown): void {
  if (!(error instanceof StoreFault)) throw error;
}

/** Returns the names of manifests, of one source or all, the newest first. */
async function manifestNames(
  directory: StoreDirectory,
  source?: string,
): Promise<{ name: string; number: number }[]> {
  const found: { name: string; number: number }[] = [];
  const wanted = source === undefined ? undefined : modelName(source);
  for (const name of await directory.names()) {
    const [, model, number] = MANIFEST.exec(name) ?? [];
    if (number === undefined) continue;
    if (wanted === undefined || model === wanted) found.push({ name, number: Number(number) });
  }
  return found.toSorted((a, b) => b.number - a.number);
}
