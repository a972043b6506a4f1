/**
 * The programs of the README, of docs/embedding.md and of docs/hosting.md, compiled as a newcomer's
 * strict project compiles them.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const OPTIONS = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  module: "esnext",
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  target: "es2022",
  lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
  types: ["@webgpu/types", "node"],
  skipLibCheck: true,
};

/** Says what the compiler says of a program that imports the library. */
function compile(program: string): string {
  const folder = mkdtempSync(path.resolve("node_modules/.readme-"));
  try {
    writeFileSync(path.join(folder, "program.ts"), `${program}\nexport {};\n`);
    const source = (door: string): string => path.resolve("src", door, "index.ts");
    const paths = {
      "vl-reward": [source("")],
      ...Object.fromEntries(
        ["store", "remote", "evaluate", "pairs", "worker", "serve", "sealed", "node"].map(
          (door) => [`vl-reward/${door}`, [source(door)]],
        ),
      ),
    };
    const compilerOptions = { ...OPTIONS, paths };
    const project = {
      compilerOptions,
      files: ["program.ts", path.resolve("src/kernels/wgsl.d.ts")],
    };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(project));
    const tsc = path.resolve("node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
    return "";
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(["README.md", "docs/embedding.md", "docs/hosting.md"])("%s", (file) => {
  const programs = [...readFileSync(file, "utf8").matchAll(/```ts\n(.*?)```/gs)].map(
    ([, program = ""]) => program,
  );

  test("it has a program", () => expect(programs.length).toBeGreaterThan(0));

  test.each(programs)("program %# → compiles in a strict project", (program) => {
    expect(compile(program)).toBe("");
  });
});

test("types: calls as people write them → compile, and wrong ones do not", () => {
  const right = `
    import { RewardModel, RewardError, user, assistant, type Conversation, type Source } from "vl-reward";
    import { ModelStore } from "vl-reward/store";
    declare const maybe: AbortSignal | undefined;
    const source: Source = { name: "m", open: async () => undefined, close() {} };
    const store = await ModelStore.open();
    await store.canWrite();
    await store.verify("x", { signal: maybe, onProgress: undefined });
    const model = await RewardModel.fromPretrained(source, { signal: maybe, store, onWarning: undefined });
    const prompt = { role: "user", content: [{ type: "text", text: "?" }] } as const;
    const one = await model.score([prompt, { role: "assistant", content: "a" }], { signal: maybe });
    const either: Conversation | Conversation[] = [user("?"), assistant("a")] as Conversation | Conversation[];
    const both = await model.score(either);
    const many = await model.score([[user("?"), assistant("a")], [user("?"), assistant("b")]]);
    const { best } = await model.rank({ messages: [user("?")], responses: ["a"] }, { temperature: undefined });
    const total: number = one.value + many.length + best.value + (Array.isArray(both) ? 0 : both.value);
    const error: RewardError = RewardError.fromJSON({ name: "InputError", code: "input", where: "x", message: "y" });
    console.log(total, error.expected);
  `;
  expect(compile(right)).toBe("");
  const wrong = `
    import { RewardModel } from "vl-reward";
    await RewardModel.fromPretrained("a/b", { dtype: "q4" });
  `;
  expect(compile(wrong)).toContain("dtype");
});
