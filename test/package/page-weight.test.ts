/**
 * What a page pays for the engine: library, shaders, tokenizer and template engine in one bundle.
 */

import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { expect, test } from "vitest";
import { wgslWithoutComments } from "../../tools/vite-wgsl.ts";

/** jax-js's library, gzipped: the lightest comparable engine. */
const limitBytes = 95_000;

test("page weight: everything that a page loads beside the model → under 95 KB gzipped", async () => {
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
  const code = bundle.output.map((part) => (part.type === "chunk" ? part.code : "")).join("\n");
  // The bundle is the whole: engine, shaders, template engine.
  for (const part of ["fromPretrained", "@compute", "chat_template"]) expect(code).toContain(part);
  const gzipped = gzipSync(code, { level: 9 }).length;
  console.log(`page weight: ${gzipped.toLocaleString("en-US")} bytes gzipped`);
  expect(gzipped).toBeLessThan(limitBytes);
});
