// Tested by: test/cli/labels/label-commands.test.ts
/** The model's margins of labelled pairs: from their rows, or from a file of rankings. */

import { InputError } from "../../src/errors.ts";
import type { Label } from "../../src/label/labels.ts";
import { readScores } from "../batch/pairs-rows.ts";

/**
 * Returns the margin of a over b for each label; undefined for one without scores.
 * @param file scores by id, as `rank` writes them
 * @throws InputError for scores that are not two finite numbers
 */
export async function marginsOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  labels: readonly Label[],
  file: string | undefined,
): Promise<(number | undefined)[]> {
  const given = file === undefined ? undefined : await readScores(file);
  return labels.map(({ id, where }, i) => {
    const row = rows[i] ?? {};
    const margin = row["margin"];
    if (given === undefined && typeof margin === "number" && Number.isFinite(margin)) return margin;
    const scores = given?.get(JSON.stringify(id))?.values ?? row["scores"];
    if (scores === undefined || scores === null) return undefined;
    if (Array.isArray(scores) && scores.length === 2 && scores.every(Number.isFinite)) {
      return Number(scores[0]) - Number(scores[1]);
    }
    const expected = "the scores of a and b";
    throw new InputError({ where: `${where}, scores`, expected, got: JSON.stringify(scores) });
  });
}
