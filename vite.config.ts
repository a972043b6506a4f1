/**
 * The demo page (`npm start`, `npm run build -- demo`) and, in mode `library`, the library.
 */

import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig, type UserConfigFnObject } from "vite";
import { benchPage } from "./bench/page/vite-bench-page.ts";
import { embeddedModel } from "./demo/vite-embedded-model.ts";
import { wgslWithoutComments } from "./tools/vite-wgsl.ts";

const repository = path.dirname(fileURLToPath(import.meta.url));

const demo: UserConfig = {
  root: path.join(repository, "demo"),
  // Relative addresses: the built page works in any folder of any static host.
  base: "./",
  plugins: [embeddedModel(path.join(repository, "weights/tiny-vl-reward")), benchPage()],
  worker: { format: "es" },
  server: { fs: { allow: [repository] } },
  build: {
    outDir: path.join(repository, "dist/demo"),
    emptyOutDir: true,
    target: "esnext",
  },
};

const library: UserConfig = {
  root: repository,
  publicDir: false,
  plugins: [wgslWithoutComments()],
  build: {
    lib: { entry: "src/index.ts", formats: ["es"], fileName: () => "vl-reward.js" },
    outDir: "dist",
    emptyOutDir: false,
    target: "esnext",
    rolldownOptions: {
      external: [/^@huggingface\//],
      output: { chunkFileNames: "vl-reward/[name].js" },
    },
  },
};

const config: UserConfigFnObject = defineConfig(({ mode }) =>
  mode === "library" ? library : demo,
);
export default config;
