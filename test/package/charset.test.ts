/**
 * The library as it is published: in ASCII, and aware of a page that reads it in another charset.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
let chunks: Rolldown.OutputChunk[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-charset-"));
  await symlink(path.resolve("node_modules"), path.join(folder, "node_modules"));
  const built = await build({
    root: process.cwd(),
    mode: "library",
    logLevel: "error",
    build: { write: false, sourcemap: false },
  });
  const outputs = (Array.isArray(built) ? built : [built]) as Rolldown.RolldownOutput[];
  chunks = outputs.flatMap(({ output }) => output).filter((part) => part.type === "chunk");
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

test("library: every built script → pure ASCII", () => {
  expect(chunks.length).toBeGreaterThan(3);
  for (const { fileName, code } of chunks) {
    expect(/[^\0-\x7f]/.exec(code)?.[0], fileName).toBeUndefined();
  }
  // Escapes are there, so something was to be escaped.
  expect(chunks.map(({ code }) => code).join("")).toMatch(/\\udb80\\udc00/);
});

/** The scripts as a minifier leaves them that writes the signs themselves, decoded in a charset. */
async function loadIn(charset: string): Promise<typeof import("../../src/index.ts")> {
  const place = path.join(folder, charset);
  for (const { fileName, code } of chunks) {
    // Half a surrogate pair cannot be written in any charset.
    const sign = /\\u(d[89ab]..)\\u(d[c-f]..)|\\u((?!00[0-7])(?!d[89a-f])[0-9a-f]{4})/g;
    const raw = code.replaceAll(sign, (_, ...hex: (string | undefined)[]) =>
      String.fromCharCode(
        ...hex
          .slice(0, 3)
          .flatMap((unit) => (unit === undefined ? [] : [Number.parseInt(unit, 16)])),
      ),
    );
    await mkdir(path.dirname(path.join(place, fileName)), { recursive: true });
    const bytes = new TextEncoder().encode(raw);
    await writeFile(path.join(place, fileName), new TextDecoder(charset).decode(bytes));
  }
  await writeFile(path.join(place, "package.json"), '{"type":"module"}');
  const url = pathToFileURL(path.join(place, "vl-reward.js")).href;
  return (await import(/* @vite-ignore */ url)) as typeof import("../../src/index.ts");
}

test("library: signs written as they are, read as UTF-8 → loads as ever", async () => {
  const { RewardModel, InputError } = await loadIn("utf-8");
  const options = { weights: "none" } as never;
  await expect(RewardModel.fromPretrained("org/name", options)).rejects.toThrow(InputError);
});

test.each(["windows-1252", "shift_jis", "koi8-r"])(
  "library: signs written as they are, read as %s → UnsupportedError that names the charset",
  async (charset) => {
    const { RewardModel, UnsupportedError } = await loadIn(charset);
    const loading = RewardModel.fromPretrained("org/name");
    await expect(loading).rejects.toThrow(UnsupportedError);
    await expect(loading).rejects.toThrow(
      /script: was decoded in the wrong charset.*<meta charset="utf-8">/,
    );
  },
);
