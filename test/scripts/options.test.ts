/** What scripts say to `--help` and to what they do not know. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const repository = path.resolve(import.meta.dirname, "../..");

/** All scripts, by their source. */
const sources = ["scripts", "bench"]
  .flatMap((folder) =>
    readdirSync(path.join(repository, folder)).map((name) => `${folder}/${name}`),
  )
  .filter((file) => file.endsWith(".mjs") && file !== "scripts/options.mjs")
  .map((file) => [file, readFileSync(path.join(repository, file), "utf8")] as const);

/** Those that have this in their source. */
const scriptsWith = (text: string): string[] =>
  sources.filter(([, source]) => source.includes(text)).map(([file]) => file);

interface Said {
  readonly code: unknown;
  readonly out: string;
  readonly error: string;
}

async function call(script: string, ...args: readonly string[]): Promise<Said> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { cwd: repository }, (failure, out, error) =>
      resolve({ code: failure?.code ?? 0, out, error }),
    );
  });
}

test("scripts: an unknown option → one line and exit code 2, nothing begun", async () => {
  const scripts = scriptsWith("readOptions(");
  expect(scripts.length).toBeGreaterThan(10);
  expect(scriptsWith("parseArgs("), "options read in another way").toEqual([]);
  const said = await Promise.all(scripts.map((script) => call(script, "--nonsense")));
  for (const [i, one] of said.entries()) {
    const error = "Unknown option '--nonsense'. --help lists the options.\n";
    expect(one, scripts[i]).toEqual({ code: 2, out: "", error });
  }
}, 60_000);

test("scripts: --help → the npm command and every option; a number that is none → one line", async () => {
  const help = await call("bench/lengths.mjs", "--help");
  expect(help).toMatchObject({ code: 0, error: "" });
  expect(help.out).toMatch(/^npm run bench:lengths -- \[OPTIONS\]: /);
  for (const option of ["--tokens", "--reps", "--budget"]) expect(help.out).toContain(option);
  for (const [args, error] of [
    [["--reps", "many"], "--reps takes a number from 1; got many. --help lists the options.\n"],
    [
      ["--tokens", "1,x"],
      "--tokens takes numbers with commas between them; got 1,x. --help lists the options.\n",
    ],
  ] as const) {
    expect(await call("bench/lengths.mjs", ...args)).toEqual({ code: 2, out: "", error });
  }
});
