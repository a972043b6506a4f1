import { defineConfig, type ViteUserConfig } from "vitest/config";

// Tests share one software GPU on few cores: files run one after the other.
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["testing/compare.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
export default config;
