/** Files of generated pictures: from a dialogue, a drop, or a folder with those below it. */
import { isPictureName } from "../../../src/rows/picture-prompts.ts";
import { drop } from "../../base/jobs.ts";
import type { Page } from "../../base/page.ts";
import type { NamedFile } from "./protocol.ts";
import { pictures } from "./state.ts";

/** The job that scores. */
export const RANKING_PICTURES = "ranking pictures";

/** Returns chosen files by their paths in their folder, or by their names. */
export function filesOf(files: readonly File[]): NamedFile[] {
  return files.map((file) => {
    const [, ...below] = file.webkitRelativePath.split("/");
    return { name: below.join("/") || file.name, file };
  });
}

/** Returns the files of a folder and of those below it. */
export async function filesIn(folder: FileSystemDirectoryHandle): Promise<NamedFile[]> {
  const found: NamedFile[] = [];
  const walk = async (handle: FileSystemDirectoryHandle, place: string): Promise<void> => {
    for await (const entry of handle.values()) {
      if (entry.name.startsWith(".")) continue;
      const name = `${place}${entry.name}`;
      if (entry.kind === "directory") {
        await walk(entry, `${name}/`);
      } else {
        found.push({ name, file: await entry.getFile() });
      }
    }
  };
  await walk(folder, "");
  return found;
}

/**
 * Takes files in place of those before. Pictures stay if there are only prompts; other files are
 * left out.
 */
export function chooseFiles(page: Page, files: readonly NamedFile[]): void {
  drop(page.jobs, RANKING_PICTURES);
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const found = sorted.filter(({ name }) => isPictureName(name));
  page.change(pictures, {
    chosen: {
      // Prompts alone are those of the pictures that are there.
      pictures: found.length === 0 ? page.get(pictures).chosen.pictures : found,
      texts: sorted.filter(({ name }) => /\.txt$/i.test(name)),
      prompts: sorted.filter(({ name }) => /\.(?:jsonl|ndjson)$/i.test(name)),
    },
    running: undefined,
    fault: undefined,
  });
}
