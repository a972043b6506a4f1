/**
 * The one way in which commands write files.
 *
 *   a regular file, or none yet   written beside it and renamed: never half of it is there
 *   a device, a pipe              written to, never replaced
 *   a symbolic link               stays; what it names is treated as above
 *   -                             stdout
 */

import { createWriteStream } from "node:fs";
import { chmod, lstat, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError } from "../../src/errors.ts";

/** What a path of the user names. */
export interface OutputPlace {
  readonly kind: "stdout" | "stream" | "file";
  /** The path without links, if it is a file. */
  readonly path: string;
  readonly exists: boolean;
}

/** Returns what an output is. @throws InputError for a folder */
export async function outputPlace(file: string): Promise<OutputPlace> {
  if (file === "-") return { kind: "stdout", path: file, exists: true };
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined) return { kind: "file", path: await linkTarget(file), exists: false };
  if (stats.isDirectory()) {
    throw new InputError({ where: file, what: "is a folder", expected: "a file" });
  }
  if (!stats.isFile()) return { kind: "stream", path: file, exists: true };
  return { kind: "file", path: await realpath(file), exists: true };
}

/** Refuses an output that is the input under another name: it would be gone. @throws InputError */
export async function refuseSameFile(input: string, output: string): Promise<void> {
  if (input === "-" || output === "-") return;
  const [one, other] = await Promise.all(
    [input, output].map((file) => stat(file).catch(() => undefined)),
  );
  if (one?.isFile() !== true || other === undefined) return;
  if (one.dev !== other.dev || one.ino !== other.ino) return;
  const todo = "Give the output a file of its own";
  throw new InputError({ where: output, what: `is the input, ${input}, by another name`, todo });
}

/** Returns the target of a link whose file does not exist yet. */
async function linkTarget(file: string): Promise<string> {
  let target = path.resolve(file);
  for (let links = 0; links < 40; links++) {
    const isLink = (await lstat(target).catch(() => undefined))?.isSymbolicLink() === true;
    if (!isLink) return target;
    target = path.resolve(path.dirname(target), await readlink(target));
  }
  throw new InputError({ where: file, what: "is a link that leads back to itself" });
}

type Content = string | Uint8Array | AsyncIterable<Uint8Array | string>;

/** Writes a whole file. @throws InputError if it cannot be written */
export async function writeWhole(file: string, content: Content): Promise<void> {
  try {
    const { kind, path: target, exists } = await outputPlace(file);
    if (kind === "stdout") await pipeline(piecesOf(content), process.stdout, { end: false });
    else if (kind === "stream") await pipeline(piecesOf(content), streamTo(target));
    else await replaceFile(target, exists, content);
  } catch (cause) {
    unwritable(file === "-" ? "stdout" : file, cause);
  }
}

function piecesOf(content: Content): Readable {
  const isWhole = typeof content === "string" || content instanceof Uint8Array;
  return Readable.from(isWhole ? [content] : content);
}

/** Opens a device or a pipe. `w` creates no file here, and does not truncate these. */
function streamTo(file: string): Writable {
  return createWriteStream(file, { flags: "w" });
}

async function replaceFile(target: string, exists: boolean, content: Content): Promise<void> {
  const part = partName(target);
  try {
    await pipeline(piecesOf(content), createWriteStream(part, { flags: "wx" }));
    await putInPlace(part, target, exists);
  } finally {
    await rm(part, { force: true });
  }
}

/** Returns the name under which a file is written before it is renamed. */
export function partName(target: string): string {
  return `${target}.${process.pid}.part`;
}

/** Gives a finished file the name of the output, with the mode of the file that was there. */
export async function putInPlace(part: string, target: string, exists: boolean): Promise<void> {
  if (exists) await chmod(part, (await stat(target)).mode & 0o7777);
  await rename(part, target);
}

/** Writes results: whole lines, in order. */
export interface LineWriter {
  write(value: unknown): Promise<void>;
  /** Renames the file to its final name. */
  finish(): Promise<void>;
  /** Removes temporary files; after `finish` there are none. */
  discard(): Promise<void>;
}

/** Opens a file of JSON lines that appears whole. @throws InputError if it cannot be written */
export async function openLines(file: string): Promise<LineWriter> {
  try {
    const { kind, path: target, exists } = await outputPlace(file);
    const isFile = kind === "file";
    const part = partName(target);
    const handle =
      kind === "stdout" ? undefined : await open(isFile ? part : target, isFile ? "wx" : "w");
    let isOpen = handle !== undefined;
    const close = async (): Promise<void> => {
      if (!isOpen) return;
      isOpen = false;
      await handle?.close();
    };
    return {
      async write(value) {
        const text = `${jsonLine(value)}\n`;
        try {
          if (handle === undefined) await writeStdout(text);
          else await handle.appendFile(text);
        } catch (cause) {
          unwritable(file, cause);
        }
      },
      async finish() {
        try {
          await close();
          if (isFile) await putInPlace(part, target, exists);
        } catch (cause) {
          unwritable(file, cause);
        }
      },
      async discard() {
        await close().catch(() => {});
        if (isFile) await rm(part, { force: true });
      },
    };
  } catch (cause) {
    return unwritable(file, cause);
  }
}

/** Writes to stdout, and waits until it is taken. */
export async function writeStdout(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Returns a value as a line of JSON. Characters that a terminal obeys, or that turn the direction
 * of a text, are written as escapes: the value stays the same.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Refuses an output.
 * @throws InputError with the message of the system
 */
export function unwritable(where: string, cause: unknown): never {
  if (cause instanceof InputError) throw cause;
  const what = `cannot be written (${cause instanceof Error ? cause.message : String(cause)})`;
  const todo = "Check the path, its folder and the free space";
  throw new InputError({ where, what, todo, cause });
}
