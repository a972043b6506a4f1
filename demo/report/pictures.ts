/** The pictures of a report's rows: inside the tables, or among the files that were chosen with them. */
import { InputError } from "../../src/errors.ts";
import type { EvaluationRow, PictureReference } from "../../src/evaluate/rows.ts";
import { readPicture } from "../../src/evaluate/table-file.ts";
import type { Table } from "../../src/evaluate/table-file.ts";
import type { Conversation, ImagePart } from "../../src/types.ts";

export class ReportPictures {
  readonly #tables: readonly Table[];
  /** By every path that a row may call it: `c.png`, `b/c.png`, `a/b/c.png`; undefined where two are called so. */
  readonly #byPath = new Map<string, File | undefined>();

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

  /** @throws InputError where it is not among the files; nothing is fetched */
  async find(reference: PictureReference): Promise<Blob> {
    const found =
      typeof reference === "string" ? reference : await readPicture(this.#tables, reference);
    if (typeof found !== "string") {
      return new Blob([found.slice()]);
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

  /** One conversation for each response: pictures before the prompt. @throws InputError as `find` */
  async conversations(row: EvaluationRow): Promise<Conversation[]> {
    const { history, prompt } = row;
    const images: ImagePart[] = [];
    for (const picture of row.pictures) {
      images.push({ type: "image", image: await this.find(picture) });
    }
    const text = { type: "text", text: prompt } as const;
    const asked: Conversation =
      prompt === "" && images.length === 0 && history.length > 0
        ? history
        : [...history, { role: "user", content: [...images, text] }];
    return row.responses.map((content) => [...asked, { role: "assistant", content }]);
  }
}
