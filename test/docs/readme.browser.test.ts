/** Every command of the README, as it is written, in a folder that is like a fresh clone. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { notRun, readmeCommands } from "./readme.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-readme-"));
  for (const name of await readdir(".")) {
    if (name !== "out") await symlink(path.resolve(name), path.join(folder, name));
  }
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function inShell(command: string): Promise<Ended> {
  const env = { ...process.env };
  // npm sets it to the caller's folder: this call is made in `folder`.
  delete env["INIT_CWD"];
  const child = spawn(command, {
    cwd: folder,
    shell: true,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let [out, err] = ["", ""];
    child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
    child.stderr.on("data", (piece: Buffer) => (err += piece.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

const read = (name: string): Promise<string> => readFile(path.join(folder, "out", name), "utf8");
const lineCount = async (name: string): Promise<number> =>
  (await read(name)).split("\n").length - 1;

/** The checks of each command's effect, by its name. */
const done: Readonly<Record<string, (ended: Ended) => Promise<void>>> = {
  mkdir: async () => {},
  score: async ({ out }) => {
    if (out !== "") expect(out).toMatch(/^ {2}1 .*\+2\.90\d\d +Yes\.$/m);
    else expect(await lineCount("scores.jsonl")).toBe(4);
  },
  rank: async () => {
    const names = await readdir(path.join(folder, "out"));
    expect([await lineCount("ranks.jsonl"), await read("bad.jsonl")]).toEqual([6, ""]);
    // The second call is the one for pictures.
    if (!names.includes("pictures.csv")) return;
    const pictures = await readdir("weights/tiny-vl-reward/samples");
    const count = pictures.filter((name) => name.endsWith(".png")).length;
    expect([await lineCount("pictures.csv"), await lineCount("pictures.jsonl")]).toEqual([
      count + 1,
      count,
    ]);
  },
  eval: async ({ out }) => {
    // As the README says.
    expect(out).toMatch(/\*\*Overall\*\* \| 288 \| 99\.0 \| 97\.6 – 100\.0/);
    expect(await readdir(path.join(folder, "out/report"))).toContain("report.html");
  },
  ab: async ({ out }) => expect(out).toContain("# answers-a against answers-b"),
  pairs: async ({ err }) => {
    // Of scores, and of labels.
    const of = err.includes("11 labels") ? "label-pairs" : "pairs";
    expect(await lineCount(`${of}/pairs.jsonl`)).toBe(6);
  },
  explain: async () => {
    expect(await lineCount("why.jsonl")).toBeGreaterThan(0);
    expect(await read("why.html")).toContain("<html");
  },
  "label-stats": async ({ out }) => expect(out).toContain("11 labels of 8 pairs, 8 prompts"),
  adapt: async ({ out }) => {
    expect(out).toContain("11 labels: the temperature alone is fitted");
    expect(await readdir(path.join(folder, "out/mine"))).toContain("value_head.safetensors");
  },
  threshold: async ({ out }) => expect(out).toContain("8 decided labels"),
  features: async () =>
    expect(await readdir(path.join(folder, "out"))).toContain("features.safetensors"),
  reference: async () =>
    expect(await readdir(path.join(folder, "out"))).toContain("reference.safetensors"),
  audit: async ({ out }) => expect(out).toContain("288 pairs of"),
  "compare-models": async ({ out }) => expect(out).toContain("The verdicts agree in 100.0 %"),
  card: async ({ out }) => expect(out).toContain("# Card of tiny-vl-reward"),
  monitor: async ({ out }) => expect(JSON.parse(out)).toMatchObject({ verdict: "none" }),
  trace: async () => expect(await readdir(path.join(folder, "out"))).toContain("trace.safetensors"),
  verify: async ({ out }) => expect(out).toContain("model.safetensors"),
  export: async ({ err }) =>
    expect(await readdir(path.join(folder, err.includes("q4") ? "out/web" : "out/vllm"))).toContain(
      "config.json",
    ),
  completion: async ({ out }) => expect(out).toContain("complete -o bashdefault"),
  "--help": async ({ out }) => expect(out).toContain("Usage: vl-reward COMMAND"),
};

test.each(readmeCommands().filter((command) => !notRun.test(command)))(
  "README: %s → exit code 0, and what it is there for",
  async (command) => {
    const ended = await inShell(command);
    expect(ended.code, ended.err).toBe(0);
    const name = /^npm run -s cli -- (\S+)|^(\S+)/.exec(command)?.slice(1).find(Boolean) ?? "";
    expect(Object.keys(done)).toContain(name);
    await done[name]?.(ended);
    // Only results on stdout: no banner of npm.
    expect(ended.out).not.toMatch(/^> /m);
  },
  180_000,
);
