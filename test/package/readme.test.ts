/** The programs of the docs, compiled as a newcomer's strict project compiles them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { recipeNames } from "../docs/recipes.ts";

const RECIPES = recipeNames().map((name) => `docs/recipes/${name}.md`);

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

/**
 * Says what the compiler says of each of several programs that import the library: one run for all,
 * since a compiler takes most of its time to read the library.
 */
function compile(programs: readonly string[]): string[] {
  const folder = mkdtempSync(path.resolve("node_modules/.readme-"));
  try {
    const names = programs.map((_, i) => `program-${i}.ts`);
    for (const [i, program] of programs.entries()) {
      writeFileSync(path.join(folder, `program-${i}.ts`), `${program}\nexport {};\n`);
    }
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
    const project = { compilerOptions, files: [...names, path.resolve("src/kernels/wgsl.d.ts")] };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(project));
    const tsc = path.resolve("node_modules/typescript/bin/tsc");
    const { stdout, status } = spawnSync(
      process.execPath,
      [tsc, "-p", folder, "--pretty", "false"],
      {
        encoding: "utf8",
      },
    );
    const lines = stdout.split("\n");
    const said = names.map((name) => lines.filter((line) => line.includes(name)).join("\n"));
    // What is said of no program, such as of the project itself, is a fault of all.
    const isOfAll = status !== 0 && said.every((each) => each === "");
    return isOfAll ? names.map(() => stdout) : said;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FILES = [
  "README.md",
  "docs/embedding.md",
  "docs/errors.md",
  "docs/hosting.md",
  "src/store/README.md",
  ...RECIPES,
];
const programs = FILES.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, program = ""], i) => ({
    file,
    program,
    number: i + 1,
  })),
);
let said: string[];

beforeAll(() => {
  said = compile(programs.map(({ program }) => program));
});

test.each(FILES)("%s: it has a program", (file) => {
  expect(programs.some((one) => one.file === file)).toBe(true);
});

test.each(programs.map((one, i) => ({ ...one, i })))(
  "$file: program $number → compiles in a strict project",
  ({ i }) => expect(said[i]).toBe(""),
);

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
  const wrong = `
    import { RewardModel } from "vl-reward";
    await RewardModel.fromPretrained("a/b", { dtype: "q4", device: "webgpu", revision: "v1" });
    await RewardModel.fromPretrained("a/b", { dtype: "fp16" });
  `;
  const [ofRight, ofWrong] = compile([right, wrong]);
  expect(ofRight).toBe("");
  expect(ofWrong).toMatch(/^[^\n]*\(4,\d+\)[^\n]*fp16[^\n]*$/);
});
