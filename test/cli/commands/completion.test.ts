/** Completion by Tab: what the shells themselves make of it. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { commands } from "../../../cli/main.ts";
import { run, type Ended } from "../../../testing/cli/run.ts";

const completion = (shell: string): Promise<Ended> => run("completion", shell);

/** Returns what bash offers behind these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { out } = await completion("bash");
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `${out}
COMP_WORDS=(vl-reward ${quoted}); COMP_CWORD=${words.length}
_vl_reward
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").filter((line) => line !== "");
}

test("completion: the first word → commands that begin so", async () => {
  expect(await offered("sc")).toEqual(["score"]);
  expect(await offered("")).toEqual([...commands.keys(), "--help", "--version"]);
});

test("completion: an option of a command → its options that begin so", async () => {
  expect(await offered("score", "--out")).toEqual(["--output", "--outputs"].toSorted());
  for (const [name, { options }] of commands) {
    const wanted = [...Object.keys(options), "help"].map((option) => `--${option}`);
    expect(await offered(name, "--"), name).toEqual(wanted);
  }
});

test("completion: anything else of a command → nothing of its own: bash offers files", async () => {
  expect(await offered("verify", "weights/tiny")).toEqual([]);
  expect((await completion("bash")).out).toContain("complete -o bashdefault -o default -F");
});

test("completion: fish → a line for each command and option, quotes in summaries escaped", async () => {
  const { code, out } = await completion("fish");
  expect(code).toBe(0);
  expect(out).toContain("-a card -d 'make a judge\\'s card: evaluation, audit, anchors'");
  expect(out).toContain("'__fish_seen_subcommand_from score' -l token-values");
});

test("completion: zsh → bash's functions, through its bridge", async () => {
  expect((await completion("zsh")).out).toMatch(/^autoload -U \+X bashcompinit/);
});

test.each(["tcsh", "constructor"])(
  "completion: %s → wrong use, with the shells that are known",
  async (shell) => {
    const { code, err } = await completion(shell);
    expect(code).toBe(2);
    expect(err).toContain(`expected bash, zsh, fish, got ${shell}`);
  },
);
