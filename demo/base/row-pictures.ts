/**
 * The pictures of rows: inside the tables, or among the files that were chosen with them.
 */
import { InputError } from "../../src/errors.ts";
import { conversationsOf } from "../../src/evaluate/rows.ts";
import type { EvaluationRow } from "../../src/evaluate/rows.ts";
import { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import type { RowPicture } from "../../src/rows/media.ts";
import { readPicture } from "../../src/rows/table-file.ts";
import type { Table } from "../../src/rows/table-file.ts";
import type { Conversation } from "../../src/types.ts";

export class RowPictures {
  readonly #tables: readonly Table[];
  /**
   * Files by every path that a row may use: `c.png`, `b/c.png`, `a/b/c.png`; undefined if two have
   * the same.
   */
  readonly #byPath = new Map<string, File | undefined>();
  /** Pictures that were fetched, by their addresses. */
  readonly #fetched = new Map<string, Blob>();

  constructor(tables: readonly Table[], files: readonly File[]) {
    this.#tables = tables;
    for (const file of files) {
      const parts = (file.webkitRelativePath || file.name).split("/");
      for (const begin of parts.keys()) {
        const path = parts.slice(begin).join("/");
        this.#byPath.set(path, this.#byPath.has(path) ? undefined : file);
      }
    }
  }

  /** Adds a picture that was fetched from its address. */
  add(address: string, picture: Blob): void {
    this.#fetched.set(address, picture);
  }

  /** Returns whether the picture of an address was fetched. */
  has(address: string): boolean {
    return this.#fetched.has(address);
  }

  /** The pictures that were fetched, with their addresses. */
  get fetched(): ReadonlyMap<string, Blob> {
    return this.#fetched;
  }

  /**
   * Finds a picture; nothing is fetched.
   * @throws InputError if it is not among the files
   */
  async find(reference: RowPicture): Promise<Blob> {
    if (reference instanceof Blob) return reference;
    if (reference instanceof Uint8Array) return new Blob([reference.slice()]);
    if (typeof reference !== "string" && !(reference instanceof EmbeddedPicture)) {
      throw new InputError({ where: "picture", expected: "a file, or a path" });
    }
    const found =
      reference instanceof EmbeddedPicture ? await readPicture(this.#tables, reference) : reference;
    if (typeof found !== "string") {
      return new Blob([found.slice()]);
    }
    if (/^data:image\/\w+;base64,/i.test(found)) {
      const bytes = atob(found.slice(found.indexOf(",") + 1));
      return new Blob([Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))]);
    }
    const fetched = this.#fetched.get(found);
    if (fetched !== undefined) return fetched;
    if (/^https?:/i.test(found)) {
      throw new InputError({
        where: "picture",
        what: "is on the web and was not fetched",
        got: found,
        todo: "Rank fetches pictures if you say so; or save it and choose it with the table",
      });
    }
    const parts = found.replace(/^\.?\//, "").split("/");
    for (const begin of parts.keys()) {
      const file = this.#byPath.get(parts.slice(begin).join("/"));
      if (file !== undefined) {
        return file;
      }
    }
    throw new InputError({
      where: "picture",
      what: "is not among the chosen files",
      got: found,
      todo: "Choose the folder that holds the pictures, or the pictures together with the table",
    });
  }

  /** Returns one conversation for each response, pictures in place. @throws InputError as `find` */
  async conversations(row: EvaluationRow): Promise<Conversation[]> {
    return await conversationsOf(row, async (picture) => await this.find(picture));
  }
}
