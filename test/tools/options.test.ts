/** Tests how tools, benchmarks and soaks answer `--help` and unknown options. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { numberOf, numbersOf, readOptions, UsageError } from "../../tools/options.ts";
import { runNames } from "../../tools/runs.ts";

const repository = path.resolve(import.meta.dirname, "../..");

/** Calls a tool in this process. A usage error is what it throws. */
async function call(tool: string, ...args: readonly string[]): Promise<number | string> {
  const { main } = (await import(`../../tools/${tool}.ts`)) as {
    main(args: readonly string[]): Promise<number>;
  };
  return await main(args).catch((error: unknown) => {
    if (error instanceof UsageError) return error.message;
    throw error;
  });
}

/** Returns the lines that `work` prints. */
async function printed(work: () => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  try {
    expect(await work()).toBe(0);
  } finally {
    log.mockRestore();
  }
  return lines.join("\n");
}

const names = async (folder: string): Promise<(readonly [string, readonly string[]])[]> =>
  (await runNames(folder)).map((name) => [folder, [name]]);

test("npm scripts: ten at most, each a tool that is there", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  expect(Object.keys(scripts).length).toBeLessThanOrEqual(10);
  const tools = readdirSync(path.join(repository, "tools"));
  for (const [script, command] of Object.entries(scripts)) {
    const [, tool] = /^node tools\/run\.mjs (\S+)/.exec(command) ?? [];
    if (tool !== undefined) expect(tools, script).toContain(`${tool}.ts`);
  }
});

test("bench, soak: found by their files → the names that the issue has", async () => {
  const bench = await runNames("bench");
  for (const name of ["best-of-n", "fidelity", "kernels", "lengths", "load", "native", "visits"]) {
    expect(bench).toContain(name);
  }
  expect(await runNames("soak")).toEqual(
    expect.arrayContaining(["7b", "batch", "crash", "day", "faults", "fuzz", "gpu", "store"]),
  );
});

test("run.mjs: an unknown option → one line on stderr and exit code 2", async () => {
  const said = await new Promise((resolve) => {
    const args = ["tools/run.mjs", "check", "--nonsense"];
    execFile(process.execPath, args, { cwd: repository }, (failure, out, error) =>
      resolve({ code: failure?.code, out, error }),
    );
  });
  const error = "Unknown option '--nonsense'. --help lists the options.\n";
  expect(said).toEqual({ code: 2, out: "", error });
});

test("tools: an unknown option → reported, nothing is started; --help → the command", async () => {
  const all = [
    ["start", []],
    ["build", []],
    ["check", []],
    ...["firefox", "gpus", "hosts", "vllm"].map((name) => ["test", [name]] as const),
    ...(await names("bench")),
    ...(await names("soak")),
  ] as const;
  for (const [tool, args] of all) {
    const told = await call(tool, ...args, "--nonsense");
    expect(told, `${tool} ${args.join(" ")}`).toBe("Unknown option '--nonsense'");
    const help = await printed(() => call(tool, ...args, "--help"));
    const npm = ["start", "test"].includes(tool) ? "npm" : "npm run";
    expect(help).toMatch(new RegExp(`^${npm} ${[tool, "--", ...args].join(" ")}|^npm run check:`));
  }
});

test("bench, soak: --help, no name, an unknown name", async () => {
  for (const folder of ["bench", "soak"]) {
    const all = await runNames(folder);
    const help = await printed(() => call(folder, "--help"));
    for (const name of all) expect(help).toMatch(new RegExp(`^  ${name}[: ]`, "m"));
    for (const [args, got] of [
      [[], "no name"],
      [["nonsense"], "nonsense"],
    ] as const) {
      const wanted = `${folder}: expected one of ${all.join(", ")}, got ${got}`;
      expect(await call(folder, ...args)).toBe(wanted);
    }
  }
});

test("bench lengths: --help → every option", async () => {
  const help = await printed(() => call("bench", "lengths", "--help"));
  for (const option of ["--tokens", "--reps", "--budget"]) expect(help).toContain(option);
});

test("options: invalid numbers, unexpected positionals → one sentence", () => {
  const refused: [() => unknown, string][] = [
    [() => numberOf("reps", "many"), "--reps: expected a number from 1, got many"],
    [() => numberOf("kills", "-1", 0), "--kills: expected a number from 0, got -1"],
    [() => numbersOf("tokens", "1,x"), "--tokens: expected numbers between commas, got 1,x"],
    [() => readOptions(["more"], "", {}), "Unexpected argument 'more'"],
  ];
  for (const [work, message] of refused) expect(work).toThrow(new UsageError(message));
  expect(numberOf("kills", "0", 0)).toBe(0);
  expect(numbersOf("tokens", "1,32")).toEqual([1, 32]);
});
