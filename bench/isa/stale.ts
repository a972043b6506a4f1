/** Finds saved rows of kernels that have changed since they were compiled. */
import { namedJob } from "./jobs.ts";
import { sourceHash } from "./rows.ts";
import type { Row } from "./rows.ts";

/** Returns a line for each row whose kernel has changed since it was saved. */
export function staleRows(rows: readonly Row[]): string[] {
  return rows.flatMap(({ gpu, kernel, source }) => {
    const job = namedJob(kernel);
    if (job === undefined) return [`${gpu} ${kernel}: no tuning has this name any more`];
    return sourceHash(job) === source ? [] : [`${gpu} ${kernel}: changed since it was compiled`];
  });
}
