// Tested by: test/cli/tables/endless-runs.test.ts
/** Bounds the runs of hyparquet in what Vite bundles and vitest runs (bounded-parquet.mjs). */
import type { Plugin } from "vite";
import { boundRuns, hasRuns } from "./bounded-parquet.mjs";

export function boundedParquet(): Plugin {
  return {
    name: "bounded-parquet",
    transform(code, id) {
      return hasRuns(id) ? { code: boundRuns(code), map: null } : undefined;
    },
  };
}
