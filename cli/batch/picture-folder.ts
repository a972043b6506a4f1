// Tested by: test/cli/commands/rank-images.test.ts
/**
 * A folder of generated pictures, as rows: each picture with the prompt that it was made from.
 *
 *   --prompt TEXT, one for all; or --prompts FILE, a line for each picture; or else
 *   NAME.txt beside NAME.png; or the texts of the PNG file itself
 */
import { open, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import { generationPrompt } from "../../src/rows/generation-prompt.ts";
import { pngTexts } from "../../src/rows/png-text.ts";
import { isObject, type RowId } from "../../src/base/json.ts";
import { digestOfText } from "../../src/score/journal.ts";
import { readLines } from "./jsonl.ts";
import type { Row } from "./batch-rows.ts";

const PICTURE = /\.(?:png|jpe?g|webp|gif|bmp|avif)$/i;
/** A prompt of more is a file of another kind. */
const MAX_PROMPT_BYTES = 256 * 1024;

export interface PictureFolder {
  readonly folder: string;
  /** One prompt for all pictures. */
  readonly prompt: string | undefined;
  /** A file of JSON lines, {"image" or "file_name", "prompt" or "text"}. */
  readonly prompts: string | undefined;
}

/**
 * Returns the paths of the pictures in a folder and those below it, relative to it, with slashes,
 * in the order of their characters' codes. Names that begin with a dot are left out.
 * @throws InputError if there is no such folder, or no picture in it
 */
export async function listPictures(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.name.startsWith(".")) continue;
      // A link to a folder may lead back to this one; a link to a picture is a picture.
      if (entry.isDirectory()) await walk(name);
      else if (PICTURE.test(entry.name)) found.push(name);
    }
  };
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() !== true) {
    const what = stats === undefined ? "there is no such folder" : "is not a folder";
    const todo = "Name the folder that holds the pictures";
    throw new InputError({ where: `--images ${folder}`, what, todo });
  }
  await walk("").catch((cause: unknown) => {
    const what = `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new InputError({ where: `--images ${folder}`, what, cause });
  });
  if (found.length === 0) {
    const expected = "png, jpg, webp, gif, bmp or avif files, here or in folders below";
    throw new InputError({ where: `--images ${folder}`, what: "has no pictures", expected });
  }
  return found.toSorted((a, b) => (a < b ? -1 : 1));
}

/**
 * Yields a row for each picture. One without a prompt is a row with a fault.
 * @param promptOf takes the prompt of each picture that has one
 * @throws InputError for a file of prompts that is damaged or names a picture that is not there
 */
export async function* pictureRows(
  given: PictureFolder,
  pictures: readonly string[],
  promptOf: Map<RowId, string>,
): AsyncGenerator<Row> {
  const listed = given.prompts === undefined ? undefined : await readPrompts(given, pictures);
  for (const [i, picture] of pictures.entries()) {
    const file = path.join(given.folder, picture);
    const common = { line: i + 1, where: picture, id: picture, readBytes: i + 1 };
    try {
      const prompt =
        given.prompt ?? (listed ? listed.get(picture) : await ownPrompt(file, picture));
      if (prompt === undefined) throw withoutPrompt(picture, given.prompts);
      promptOf.set(picture, prompt);
      const { size, mtimeMs } = await stat(file);
      const digest = digestOfText(JSON.stringify([picture, prompt, size, mtimeMs]));
      const conversations = [{ inputs: { prompt, image: picture } }];
      yield { ...common, conversations, fault: undefined, digest, length: prompt.length };
    } catch (error) {
      const fault = error instanceof InputError ? error : unreadable(picture, error);
      // A picture whose fault is mended is scored by the call that goes on.
      yield { ...common, conversations: [], fault, digest: digestOfText(fault.message), length: 0 };
    }
  }
}

/** Reads the prompt beside a picture, or inside it. */
async function ownPrompt(file: string, picture: string): Promise<string | undefined> {
  const beside = file.replace(/\.[^.]+$/, ".txt");
  const stats = await stat(beside).catch(() => undefined);
  if (stats?.isFile() === true) {
    if (stats.size > MAX_PROMPT_BYTES) {
      const got = `${stats.size.toLocaleString("en-US")} bytes`;
      const expected = `a prompt, ${MAX_PROMPT_BYTES.toLocaleString("en-US")} bytes at most`;
      throw new InputError({ where: path.basename(beside), got, expected });
    }
    const text = (await readFile(beside, "utf8")).replace(/^\ufeff/, "").trim();
    if (text !== "") return text;
    throw new InputError({
      where: path.basename(beside),
      what: "is empty",
      expected: `the prompt of ${picture}`,
      todo: "Write it there, or remove the file",
    });
  }
  const handle = await open(file);
  try {
    const texts = await pngTexts(async (begin, end) => {
      const bytes = new Uint8Array(end - begin);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, begin);
      return bytes.subarray(0, bytesRead);
    }, picture);
    return texts && generationPrompt(texts, picture);
  } finally {
    await handle.close();
  }
}

/** Reads a file of prompts: the prompt of each picture, by its path in the folder. */
async function readPrompts(
  { folder, prompts = "" }: PictureFolder,
  pictures: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const known = new Set(pictures);
  const found = new Map<string, string>();
  let number = 0;
  for await (const { line, fault } of readLines(prompts)) {
    number += 1;
    if (fault !== undefined) throw fault;
    if (line.trim() === "") continue;
    const where = `${prompts}, line ${number}`;
    const { image, prompt } = readPromptLine(line, where);
    const inFolder = path.relative(folder, path.resolve(folder, image)).split(path.sep).join("/");
    const picture = known.has(image) ? image : inFolder;
    if (!known.has(picture)) {
      const todo = `Paths are relative to ${folder}`;
      throw new InputError({ where, what: "names a picture that is not there", got: image, todo });
    }
    if (found.has(picture)) {
      throw new InputError({ where, what: "names a picture again", got: image });
    }
    found.set(picture, prompt);
  }
  return found;
}

function readPromptLine(line: string, where: string): { image: string; prompt: string } {
  const expected = '{"image": PATH, "prompt": TEXT} (or "file_name" and "text")';
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (cause) {
    throw new InputError({ where, what: "is not JSON", expected, cause });
  }
  const fields = isObject(row) ? row : {};
  const image = fields["image"] ?? fields["file_name"];
  const prompt = fields["prompt"] ?? fields["text"];
  if (typeof image === "string" && typeof prompt === "string" && image !== "") {
    return { image, prompt };
  }
  throw new InputError({ where, expected, got: line.slice(0, 80) });
}

function withoutPrompt(picture: string, prompts: string | undefined): InputError {
  if (prompts !== undefined) {
    const todo = "Add a line for it";
    return new InputError({ where: picture, what: `has no prompt in ${prompts}`, todo });
  }
  const beside = picture.replace(/\.[^.]+$/, ".txt");
  return new InputError({
    where: picture,
    what: "has no prompt",
    expected: `${beside} beside it, or a PNG with the prompt that its program wrote`,
    todo: "Give --prompt TEXT or --prompts FILE",
  });
}

function unreadable(where: string, cause: unknown): InputError {
  const what = `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
  return new InputError({ where, what, cause });
}
