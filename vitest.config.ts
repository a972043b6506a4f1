/** The three projects of tests. A file belongs to one by the end of its name (test/README.md). */
import { availableParallelism } from "node:os";
import path from "node:path";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { boundedParquet } from "./tools/vite/parquet.ts";

const absent: string = path.join(import.meta.dirname, "testing/absent.ts");
const setupFiles = ["testing/compare.ts"];

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
        // All files share one software GPU on few cores: they run one after the other.
        test: {
          name: "gpu",
          include: ["test/**/*.gpu.test.ts"],
          setupFiles,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/**/*.browser.test.ts"],
          setupFiles,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
export default config;
