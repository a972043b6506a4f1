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
import {
  isPictureName,
  ownPrompt,
  PromptList,
  sidecarName,
} from "../../src/rows/picture-prompts.ts";
import type { RowId } from "../../src/base/json.ts";
import { digestOfText } from "../../src/score/journal.ts";
import { readLines } from "./jsonl.ts";
import type { Row } from "./batch-rows.ts";

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
      else if (isPictureName(entry.name)) found.push(name);
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
 * @param promptById takes the prompt of each picture that has one
 * @throws InputError for a file of prompts that is damaged or names a picture that is not there
 */
export async function* pictureRows(
  given: PictureFolder,
  pictures: readonly string[],
  promptById: Map<RowId, string>,
): AsyncGenerator<Row> {
  const listed = given.prompts === undefined ? undefined : await readPrompts(given, pictures);
  for (const [i, picture] of pictures.entries()) {
    const file = path.join(given.folder, picture);
    const common = { line: i + 1, where: picture, id: picture, readBytes: i + 1 };
    try {
      const prompt = given.prompt ?? (listed ? listed.get(picture) : await promptOf(file, picture));
      if (prompt === undefined) throw withoutPrompt(picture, given.prompts);
      promptById.set(picture, prompt);
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
async function promptOf(file: string, picture: string): Promise<string | undefined> {
  const beside = sidecarName(file);
  const stats = await stat(beside).catch(() => undefined);
  const handle = await open(file);
  try {
    return await ownPrompt(picture, {
      async read(begin, end) {
        const bytes = new Uint8Array(end - begin);
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, begin);
        return bytes.subarray(0, bytesRead);
      },
      beside:
        stats?.isFile() === true
          ? { size: stats.size, text: () => readFile(beside, "utf8") }
          : undefined,
    });
  } finally {
    await handle.close();
  }
}

/** Reads a file of prompts: the prompt of each picture, by its path in the folder. */
async function readPrompts(
  { folder, prompts = "" }: PictureFolder,
  pictures: readonly string[],
): Promise<PromptList> {
  const list = new PromptList(pictures, (image) =>
    path.relative(folder, path.resolve(folder, image)).split(path.sep).join("/"),
  );
  let number = 0;
  for await (const { line, fault } of readLines(prompts)) {
    number += 1;
    if (fault !== undefined) throw fault;
    list.add(line, `${prompts}, line ${number}`, folder);
  }
  return list;
}

function withoutPrompt(picture: string, prompts: string | undefined): InputError {
  if (prompts !== undefined) {
    const todo = "Add a line for it";
    return new InputError({ where: picture, what: `has no prompt in ${prompts}`, todo });
  }
  const beside = sidecarName(picture);
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
