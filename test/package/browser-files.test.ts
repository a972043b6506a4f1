/**
 * The files for pages without a bundler: one build each, without imports, in ASCII, with the names
 * of their doors, and source maps that lead to the sources.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, parseAst, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { repository } from "../../tools/repository.ts";
import { shiftedMappings } from "../../tools/vite/ascii.ts";

interface BuiltFile {
  readonly code: string;
  readonly exports: readonly string[];
  readonly map: SourceMapPayload;
}

const STORE = ["ModelStore"];
const ERRORS = ["GpuError", "InputError", "RewardError", "UnsupportedError", "WeightsError"];

/** Gzipped bytes, rounded up: docs/hosts.md has what they are. */
const FILES = [
  ["browser", "vl-reward", 185_000, [...ERRORS, ...STORE, "RewardModel", "WorkerRewardModel"]],
  ["browser-worker", "worker", 8500, [...ERRORS, "WorkerRewardModel"]],
  ["browser-element", "element", 17_000, []],
] as const;

// Lit's own build for development is larger.
beforeAll(() => void vi.stubEnv("NODE_ENV", "production"));
afterAll(() => void vi.unstubAllEnvs());

const made = new Map<string, Promise<BuiltFile>>();

/** Builds a file once. */
async function builtFile(mode: string): Promise<BuiltFile> {
  const building = made.get(mode) ?? makeFile(mode);
  made.set(mode, building);
  return await building;
}

async function makeFile(mode: string): Promise<BuiltFile> {
  const built = await build({
    root: repository,
    mode,
    logLevel: "error",
    build: { write: false },
  });
  const { output } = built as Rolldown.RolldownOutput;
  const chunks = output.filter((part) => part.type === "chunk");
  const [chunk] = chunks;
  expect(chunks).toHaveLength(1);
  const map = output.find(({ fileName }) => fileName === `${chunk?.fileName}.map`);
  if (!chunk || map?.type !== "asset") throw new Error(`${mode}: built no chunk with a map`);
  const { code, exports } = chunk;
  return { code, exports, map: JSON.parse(String(map.source)) as SourceMapPayload };
}

/** Statements and calls that ask for another script. */
function importsOf(code: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, source } = node as { type?: string; source?: { value?: unknown } | null };
    if (
      type === "ImportDeclaration" ||
      type === "ExportAllDeclaration" ||
      type === "ImportExpression"
    )
      found.push(`${type} ${String(source?.value)}`);
    if (type === "ExportNamedDeclaration" && source) found.push(`${type} ${String(source.value)}`);
    Object.values(node).forEach(visit);
  };
  visit(parseAst(code));
  return found;
}

test("imports: a planted one of each kind → found", () => {
  const code = 'import "a"; export * from "b"; export { c } from "c"; import("d");';
  expect(importsOf(code)).toHaveLength(4);
});

test.each(FILES)(
  "%s: one file, %s.js → no imports, ASCII, at most %s bytes, its door's names",
  async (mode, name, most, names) => {
    const { code, exports, map } = await builtFile(mode);
    expect(importsOf(code)).toEqual([]);
    expect(/[^\0-\x7f]/.exec(code)?.[0]).toBeUndefined();
    expect(exports).toEqual(expect.arrayContaining([...names]));
    const bytes = gzipSync(code, { level: 9 }).length;
    console.log(`${name}.js: ${bytes.toLocaleString("en-US")} bytes gzipped`);
    expect(bytes).toBeLessThanOrEqual(most);
    if (name !== "worker") return;
    expect(code).toContain("new URL(`./engine-worker.js`,import.meta.url)");
    expect(map.sources).toContain("../../src/worker/worker-reward-model.ts");
  },
);

test("source map: the stack of an error, in Node → the line of the source that threw it", async () => {
  const { code, map } = await builtFile("browser");
  const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-map-"));
  try {
    // The sources are in the map: none is beside it.
    writeFileSync(path.join(folder, "vl-reward.mjs"), code);
    writeFileSync(path.join(folder, "vl-reward.js.map"), JSON.stringify(map));
    const script = `import { RewardModel } from "./vl-reward.mjs";
      await RewardModel.fromPretrained("a/b", { weights: "none" }).catch(({ stack }) => console.log(stack));`;
    writeFileSync(path.join(folder, "call.mjs"), script);
    const stack = execFileSync(process.execPath, ["--enable-source-maps", "call.mjs"], {
      cwd: folder,
      encoding: "utf8",
    });
    const [, file = "", line = ""] = /(src\/\S+\.ts):(\d+):\d+/.exec(stack) ?? [];
    const source = readFileSync(path.join(repository, file), "utf8").split("\n");
    expect(source[Number(line) - 1], stack).toMatch(/new InputError/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("mappings: escapes before a segment → it begins further to the right by five a sign", () => {
  // "a" at 0, then at 4 and 6, and at 2 of a line without escapes.
  expect(shiftedMappings("AAAA,IAAI,EAAE;EACA", "\u00e9\u00e9ab;c\nabc")).toBe(
    "AAAA,cAAI,EAAE;EACA",
  );
});

test("package.json: the door and each of the files → are published", () => {
  const json = readFileSync(path.join(repository, "package.json"), "utf8");
  const { exports } = JSON.parse(json) as { exports: Record<string, { default: string }> };
  const files = ["vl-reward", "worker", "element", "engine-worker"];
  const doors = files.map((file) => (file === "vl-reward" ? "./browser" : `./browser/${file}.js`));
  expect(doors.map((door) => exports[door]?.default)).toEqual(
    files.map((file) => `./dist/browser/${file}.js`),
  );
});
