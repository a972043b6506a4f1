/** The three projects of tests. A file belongs to one by the end of its name (test/README.md). */
import { availableParallelism } from "node:os";
import path from "node:path";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { boundedParquet } from "./tools/vite/parquet.ts";

const absent: string = path.join(import.meta.dirname, "testing/absent.ts");
const setupFiles = ["testing/compare.ts"];

/**
 * A software GPU fills one core and a third, and a page waits for it half of the time: two files
 * side by side fill two cores, and more would only make each other late.
 */
const ON_SOFTWARE_GPU = { maxWorkers: 2, sequence: { groupOrder: 1 } };

const config: ViteUserConfig = defineConfig({
  plugins: [boundedParquet()],
  test: {
    // Else it would run as it is published.
    server: { deps: { inline: ["hyparquet"] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        // A unit test that opens a GPU or a browser fails, with advice how to name its file.
        resolve: { alias: { webgpu: absent, puppeteer: absent, "puppeteer-core": absent } },
        test: {
          name: "unit",
          // Many of them wait for servers and files: two cores have work for three.
          maxWorkers: Math.max(3, availableParallelism() - 1),
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.gpu.test.ts", "test/**/*.browser.test.ts"],
          setupFiles,
        },
      },
      {
        extends: true,
        test: {
          name: "gpu",
          include: ["test/**/*.gpu.test.ts"],
          setupFiles,
          ...ON_SOFTWARE_GPU,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/**/*.browser.test.ts"],
          setupFiles,
          ...ON_SOFTWARE_GPU,
        },
      },
    ],
  },
});
export default config;
