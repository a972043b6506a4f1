// Tested by: test/rows/picture-prompts.test.ts
/**
 * The prompts that pictures were made from: in a file beside the picture, in the texts of a PNG, or
 * in a file of prompts. The command line and the page read them here.
 */
import { isObject } from "../base/json.ts";
import { InputError } from "../errors.ts";
import { generationPrompt } from "./generation-prompt.ts";
import { pngTexts, type ReadBytes } from "./png-text.ts";

const PICTURE = /\.(?:png|jpe?g|webp|gif|bmp|avif)$/i;
/** A prompt of more is a file of another kind. */
const MAX_PROMPT_BYTES = 256 * 1024;

/** Returns true for the name of a picture; names that begin with a dot are left out. */
export function isPictureName(name: string): boolean {
  return PICTURE.test(name) && !/(?:^|\/)\./.test(name);
}

/** Returns the name of the file beside a picture that may hold its prompt. */
export function sidecarName(picture: string): string {
  return picture.replace(/\.[^.]+$/, ".txt");
}

/** What a prompt is looked for in. */
export interface PictureFiles {
  /** Reads bytes of the picture. */
  readonly read: ReadBytes;
  /** The file of `sidecarName`; undefined if there is none. */
  readonly beside: { readonly size: number; text(): Promise<string> } | undefined;
}

/**
 * Returns the prompt beside a picture, or inside it; undefined if there is none.
 * @param picture its path in the folder, for messages
 * @throws InputError for a file beside it that is empty or too long, or damaged texts
 */
export async function ownPrompt(
  picture: string,
  { read, beside }: PictureFiles,
): Promise<string | undefined> {
  if (beside === undefined) {
    const texts = await pngTexts(read, picture);
    return texts && generationPrompt(texts, picture);
  }
  const where = fileName(sidecarName(picture));
  if (beside.size > MAX_PROMPT_BYTES) {
    const got = `${beside.size.toLocaleString("en-US")} bytes`;
    const expected = `a prompt, ${MAX_PROMPT_BYTES.toLocaleString("en-US")} bytes at most`;
    throw new InputError({ where, got, expected });
  }
  const text = (await beside.text()).replace(/^\ufeff/, "").trim();
  if (text !== "") return text;
  throw new InputError({
    where,
    what: "is empty",
    expected: `the prompt of ${picture}`,
    todo: "Write it there, or remove the file",
  });
}

/** The prompts of a folder's pictures, from the lines of a file. */
export class PromptList {
  readonly #known: ReadonlySet<string>;
  readonly #placeOf: (image: string) => string;
  readonly #found = new Map<string, string>();

  /**
   * @param pictures their paths in the folder
   * @param placeOf brings a path of the file into the form of those
   */
  constructor(pictures: Iterable<string>, placeOf: (image: string) => string) {
    this.#known = new Set(pictures);
    this.#placeOf = placeOf;
  }

  get(picture: string): string | undefined {
    return this.#found.get(picture);
  }

  /**
   * Takes a line, `{"image" or "file_name", "prompt" or "text"}`; an empty one says nothing.
   * @param folder what paths are relative to, for messages
   * @throws InputError for another line, or a picture that is not there or was named before
   */
  add(line: string, where: string, folder: string): void {
    if (line.trim() === "") return;
    const { image, prompt } = readPromptLine(line, where);
    const picture = this.#known.has(image) ? image : this.#placeOf(image);
    if (!this.#known.has(picture)) {
      const todo = `Paths are relative to ${folder}`;
      throw new InputError({ where, what: "names a picture that is not there", got: image, todo });
    }
    if (this.#found.has(picture)) {
      throw new InputError({ where, what: "names a picture again", got: image });
    }
    this.#found.set(picture, prompt);
  }
}

/** Returns a path without `.` and `..`, with slashes. */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split(/[\\/]/)) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
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

function fileName(path: string): string {
  return path.split("/").at(-1) ?? path;
}
