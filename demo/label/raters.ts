/** Several raters' files of labels: how far they agree, and where they do not. */
import { readLabel, type Label } from "../../src/label/labels.ts";
import { labelStatistics } from "../../src/label/statistics.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { readTable } from "../../src/rows/table-file.ts";
import { isId } from "../../src/base/json.ts";
import { faultOf } from "../base/faults.ts";
import type { Page } from "../base/page.ts";
import { namedFile } from "../base/named-file.ts";
import { labelling } from "./state.ts";

/** Reads files of labels. A row without a rater is the file's. */
export async function compareRaters(page: Page, files: readonly File[]): Promise<void> {
  try {
    const labels: Label[] = [];
    const notes: string[] = [];
    for (const file of files) {
      const table = await readTable(await namedFile(file));
      const unused = new UnusedFields();
      for (let i = 0; i < table.count; i++) {
        const row = await table.row(i);
        const { id } = row;
        const given = { ...row, id: isId(id) ? id : `${i + 1}` };
        const label = readLabel(given, `${file.name}, row ${i + 1}`, unused);
        labels.push(label.rater === "" ? { ...label, rater: file.name } : label);
      }
      notes.push(...unused.warnings(file.name));
    }
    const margins = labels.map(({ given: { scores } }) => scores && scores[0] - scores[1]);
    const statistics = labelStatistics(labels, margins);
    const names = files.map(({ name }) => name);
    page.change(labelling, { raters: { files: names, statistics }, notes, fault: undefined });
  } catch (error) {
    const fault = { ...faultOf(error), code: "input", field: "rater-files" } as const;
    page.change(labelling, { fault });
  }
}
