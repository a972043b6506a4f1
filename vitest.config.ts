import { defineConfig } from "vitest/config";

// Tests share one software GPU on few cores: files run one after the other.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["testing/compare.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
