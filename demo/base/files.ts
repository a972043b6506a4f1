/** Files that a person gives to the page, how they are called, and what they are. */

export interface GivenFiles {
  readonly files: readonly File[];
  /**
   * Returns the folder that was dropped, if it was one and the browser gives access to folders.
   * Call it before the first `await`: the browser empties the list after the event.
   */
  readonly folder: () => Promise<FileSystemDirectoryHandle | undefined>;
}

/**
 * What files are for the page. A labelled table says which of its responses are right; `pictures`
 * is a folder of them.
 */
export type FileKind = "picture" | "pictures" | "table" | "labelled" | "model";

/** Returns what a drop or a paste holds. */
export function givenFiles(transfer: DataTransfer | null): GivenFiles {
  return { files: [...(transfer?.files ?? [])], folder: () => folderOf(transfer) };
}

async function folderOf(
  transfer: DataTransfer | null,
): Promise<FileSystemDirectoryHandle | undefined> {
  const [item] = transfer?.items ?? [];
  // Firefox and Safari lack it: there, people drop files and choose folders.
  const handle = await (item as Partial<DroppedItem> | undefined)?.getAsFileSystemHandle?.();
  return handle?.kind === "directory" ? (handle as FileSystemDirectoryHandle) : undefined;
}

interface DroppedItem {
  getAsFileSystemHandle(): Promise<FileSystemHandle | null>;
}

/** Returns the name of the files' folder, the name of the one file, or how many there are. */
export function fileNames(files: readonly File[]): string {
  const [first] = files;
  const folder = first?.webkitRelativePath.split("/")[0];
  if (folder) {
    return folder;
  }
  return files.length === 1 ? (first?.name ?? "") : `${files.length} files`;
}

const MODEL_FILE = /^config\.json$|\.safetensors$|^model\.safetensors\.index\.json$/;
const TABLE_FILE = /\.(?:parquet|jsonl|ndjson|json|csv|tsv)$/i;
const PICTURE_FILE = /\.(?:png|jpe?g|webp|gif|bmp|avif)$/i;
/** How much of a file tells what it is. */
const HEAD_BYTES = 512;
/** How much of a table tells its columns: the first row, or the end of a parquet file. */
const COLUMN_BYTES = 65_536;
/** Names of columns that say which response is right. */
const LABELS: ReadonlySet<string> = new Set([
  "chosen",
  "rejected",
  "rejected_response",
  "rejected_messages",
  "human_ranking",
  "Better",
  "winner",
  "winner_model_a",
]);

/**
 * Returns what files are, by their content first: a table with pictures is a table. Undefined if
 * nothing says so.
 */
export async function kindOf(files: readonly File[]): Promise<FileKind | undefined> {
  if (files.some(({ name }) => MODEL_FILE.test(name))) {
    return "model";
  }
  const kinds = await Promise.all(files.map(kindOfFile));
  return (["labelled", "table", "picture"] as const).find((kind) => kinds.includes(kind));
}

/** Files of a folder that are looked at. */
const MOST_LOOKED_AT = 500;

/** Returns what a folder is: a model, unless it holds pictures and no file of a model. */
export async function kindOfFolder(folder: FileSystemDirectoryHandle): Promise<FileKind> {
  let hasPictures = false;
  let seen = 0;
  for await (const { name } of folder.values()) {
    if (MODEL_FILE.test(name)) return "model";
    hasPictures ||= PICTURE_FILE.test(name);
    if (++seen === MOST_LOOKED_AT) break;
  }
  return hasPictures ? "pictures" : "model";
}

async function kindOfFile(file: File): Promise<FileKind | undefined> {
  const head = new Uint8Array(
    await file
      .slice(0, HEAD_BYTES)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0)),
  );
  const text = new TextDecoder("latin1").decode(head);
  // The first bytes of PNG, JPEG, GIF, BMP, WebP, AVIF and HEIC, TIFF, SVG.
  const isPicture =
    /^(?:\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*)/.test(text) ||
    /^RIFF....WEBP/s.test(text) ||
    /^....ftyp(?:avi|hei|mif)/s.test(text) ||
    /^\s*(?:<\?xml[^>]*>\s*)?<svg/i.test(text);
  if (isPicture) return "picture";
  const isParquet = text.startsWith("PAR1");
  const isTable = isParquet || /^(?:\xef\xbb\xbf)?\s*[[{]/.test(text);
  if (isTable || TABLE_FILE.test(file.name)) {
    return (await saysWhichIsRight(file, isParquet)) ? "labelled" : "table";
  }
  return file.type.startsWith("image/") ? "picture" : undefined;
}

async function saysWhichIsRight(file: File, isParquet: boolean): Promise<boolean> {
  const part = isParquet ? file.slice(-COLUMN_BYTES) : file.slice(0, COLUMN_BYTES);
  const text = new TextDecoder("latin1").decode(await part.arrayBuffer());
  // The texts of a row may say anything: of JSON and CSV the names of the columns count.
  const [line = ""] = text.trimStart().split("\n", 1);
  const isJson = !isParquet && /^[[{]/.test(line);
  const names = isJson
    ? [...text.matchAll(/"(\w+)"\s*:/g)].map(([, name = ""]) => name)
    : (isParquet ? text : line).split(/\W+/);
  return names.some((name) => LABELS.has(name));
}
