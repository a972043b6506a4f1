/**
 * The bytes that the engine adds to a page: library, shaders, tokenizer and template engine,
 * gzipped.
 *
 * The weight is held by a ratchet. `page-weight.json` has the figure that bench/LOG.md explains. To
 * let it grow by more than 3 %, write a line into the log and the new figure into the file.
 */

import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { beforeAll, expect, test } from "vitest";
import { asciiOutput } from "../../tools/vite/ascii.ts";
import { wgslWithoutComments } from "../../tools/vite/wgsl.ts";
import recorded from "./page-weight.json" with { type: "json" };

const LIMIT_BYTES = 100_000;
const ALLOWED_GROWTH = 1.03;

let chunks: Rolldown.OutputChunk[];

beforeAll(async () => {
  const built = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    // As the published library is built.
    plugins: [wgslWithoutComments(), asciiOutput()],
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
  chunks = bundle.output.filter((part) => part.type === "chunk");
});

test(`page weight: what a scoring page loads immediately → under ${LIMIT_BYTES} bytes, and 3 % over the logged figure at most`, () => {
  const entry = chunks.filter(({ isEntry }) => isEntry);
  const atOnce = withImports(entry);
  const later = chunks.filter((chunk) => !atOnce.has(chunk));
  const code = [...atOnce].map((chunk) => chunk.code).join("\n");
  // It is the engine: what loads, records and runs a model with one linear head.
  for (const part of ["fromPretrained", "@compute", "rms_norm_eps"]) expect(code).toContain(part);
  const bytes = gzippedBytes([...atOnce]);
  console.log(
    `page weight: ${inFigures(bytes)} bytes gzipped with the page, ${inFigures(gzippedBytes(later))} later; ` +
      `logged ${inFigures(recorded.gzippedBytes)}`,
  );
  expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
  expect(bytes, "log the growth in bench/LOG.md").toBeLessThanOrEqual(
    recorded.gzippedBytes * ALLOWED_GROWTH,
  );
});

test("page weight: the recorded figure → has a line in bench/LOG.md", () => {
  const log = readFileSync("bench/LOG.md", "utf8").split("\n");
  const wanted = `${inFigures(recorded.gzippedBytes)} bytes gzipped`;
  const lines = log.filter((line) => /page weight/i.test(line) && line.includes(wanted));
  expect(lines, `a line with "Page weight" and "${wanted}"`).not.toEqual([]);
});

/** Returns the chunks and all that they import statically. */
function withImports(some: readonly Rolldown.OutputChunk[]): Set<Rolldown.OutputChunk> {
  const found = new Set(some);
  for (const { imports } of found) {
    for (const name of imports) {
      const chunk = chunks.find(({ fileName }) => fileName === name);
      if (chunk) found.add(chunk);
    }
  }
  return found;
}

function gzippedBytes(some: readonly Rolldown.OutputChunk[]): number {
  return some.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
}

function inFigures(bytes: number): string {
  return bytes.toLocaleString("en-US");
}
