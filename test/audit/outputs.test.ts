/**
 * What is printed or written and cannot be: a full disk behind stdout, a report, an output. The
 * error is typed and has no stack, the exit code is 1, and no half file stays.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../tools/repository.ts";
import { run } from "../../testing/cli/run.ts";

const script = path.join(repository, "tools/run.mjs");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-outputs-"));
  for (const [name, slope] of [
    ["a.jsonl", 0.1],
    ["b.jsonl", 0.2],
  ] as const) {
    const rows = Array.from({ length: 12 }, (_, i) => ({
      id: `p${i}`,
      prompt: "Q",
      response: `${name} ${i}`,
      score: i * slope,
    }));
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    await writeFile(path.join(folder, name), text);
  }
  // The command line is built once, before a limit on files' sizes would stop it.
  spawnSync(process.execPath, [script, "cli", "--version"]);
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

test.skipIf(!existsSync("/dev/full"))("stdout on a full disk → told, exit code 1", () => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(
    process.execPath,
    [script, "cli", "verify", "--json", "weights/tiny-vl-reward"],
    { cwd: repository, stdio: ["ignore", full, "pipe"], encoding: "utf8" },
  );
  closeSync(full);
  expect(stderr).toContain("stdout: cannot be written (ENOSPC: no space left on device, write).");
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
});

test.skipIf(process.platform === "win32")(
  "a report that does not fit → InputError without a stack, no half file",
  async () => {
    // No file may grow beyond 2 KiB: as on a full disk, a write fails in the middle.
    const line = `ulimit -f 2; exec "$@"`;
    const call = ["cli", "ab", "a.jsonl", "b.jsonl", "--output", "R"];
    const { status, stderr } = spawnSync(
      "bash",
      ["-c", line, "bash", process.execPath, script, ...call],
      { cwd: folder, env: { ...process.env, INIT_CWD: folder }, encoding: "utf8" },
    );
    expect(stderr).toMatch(/^InputError: .*R\/report\.\w+: cannot be written \(EFBIG: /m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
    expect(await readdir(path.join(folder, "R"))).toEqual([]);
  },
);

test("names with HTML, links and table marks → text in Markdown and HTML", async () => {
  const names = ["a<img src=x onerror=alert(3)>", "b|=cmd](javascript:alert(1))"];
  const { code, out } = await run(
    "ab",
    path.join(folder, "a.jsonl"),
    path.join(folder, "b.jsonl"),
    "--output",
    path.join(folder, "N"),
    ...names.flatMap((name) => ["--name", name]),
  );
  expect(code).toBe(0);
  expect(out).not.toContain("<img");
  expect(out).toContain(String.raw`b\|=cmd`);
  expect(out).not.toMatch(/(?<!\\)\]\(javascript:/);
});
