/**
 * What a page pays for the engine: library, shaders, tokenizer and template engine in one bundle.
 */

import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { expect, test } from "vitest";
import { wgslWithoutComments } from "../../tools/vite-wgsl.ts";

/** What the lightest comparable engine weighs, jax-js's library gzipped, is 95 KB. */
const limitBytes = 100_000;

test("page weight: what a page loads before its first picture → under 100 KB gzipped", async () => {
  const built = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    // As the published library is built.
    plugins: [wgslWithoutComments()],
    build: {
      write: false,
      target: "esnext",
      modulePreload: false,
      rolldownOptions: {
        input: path.resolve("src/index.ts"),
        preserveEntrySignatures: "strict",
      },
    },
  });
  const [bundle] = Array.isArray(built) ? built : [built];
  if (bundle === undefined || !("output" in bundle)) throw new Error("vite built nothing");
  const chunks = bundle.output.filter((part) => part.type === "chunk");
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  for (const name of loaded) {
    for (const needed of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) {
      loaded.add(needed);
    }
  }
  const code = chunks.map((part) => (loaded.has(part.fileName) ? part.code : "")).join("\n");
  const later = chunks.map((part) => (loaded.has(part.fileName) ? "" : part.code)).join("\n");
  // The bundle is the whole: engine, shaders, template engine.
  for (const part of ["fromPretrained", "@compute", "chat_template"]) expect(code).toContain(part);
  const gzipped = gzipSync(code, { level: 9 }).length;
  console.log(
    `page weight: ${gzipped.toLocaleString("en-US")} bytes gzipped, and ${gzipSync(later, { level: 9 }).length.toLocaleString("en-US")} later`,
  );
  expect(gzipped).toBeLessThan(limitBytes);
});
