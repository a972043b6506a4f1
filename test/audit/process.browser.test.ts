/**
 * The command line's processes are ended from outside: the terminal is closed, Chrome or the
 * command is killed. What was scored stays, nothing is left behind, and the same call goes on.
 */
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callCli, type Ended } from "../cli/shell.ts";

const isLinux = process.platform === "linux";
const ROWS = 400;
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-process-"));
  const rows = Array.from({ length: ROWS }, (_, id) => ({
    id,
    messages: [
      { role: "user", content: "Is purple the highest value?" },
      { role: "assistant", content: `Answer ${id}.` },
    ],
  }));
  await writeFile(path.join(folder, "in.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
});
afterEach(() => rm(folder, { recursive: true }));

const score = (until?: (err: string) => boolean, signal?: NodeJS.Signals): Promise<Ended> =>
  callCli(folder, ["score", "--input", "in.jsonl", "--output", "out.jsonl"], until, signal);

async function scoredIds(): Promise<number[]> {
  const text = await readFile(path.join(folder, "out.jsonl"), "utf8").catch(() => "");
  // A killed run may leave a torn last line; the next one writes it again.
  const whole = text.split("\n").slice(0, -1);
  return whole.map((line) => (JSON.parse(line) as { id: number }).id);
}

/** Returns the names of what a run left, but for the mark that its output is not finished. */
async function leftBehind(): Promise<string[]> {
  const names = await readdir(folder);
  const known = ["in.jsonl", "out.jsonl", "out.jsonl.unfinished"];
  return names.filter((name) => !known.includes(name));
}

/** Returns the ids of processes whose command line has the words, as /proc says. */
function processesOf(words: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => commandLine(id).includes(words))
    .map(Number);
}

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

const hasBegun = (err: string): boolean => /kernels:/.test(err);

async function goesOn(): Promise<void> {
  const before = await scoredIds();
  const { code, err } = await score();
  expect(err).not.toMatch(/^\s+at /m);
  expect(code).toBe(0);
  const ids = await scoredIds();
  expect(ids.slice(0, before.length)).toEqual(before);
  expect(new Set(ids).size).toBe(ROWS);
  expect(ids).toHaveLength(ROWS);
  expect((await readdir(folder)).toSorted()).toEqual(["in.jsonl", "out.jsonl"]);
}

test.skipIf(!isLinux)(
  "SIGHUP: the terminal is closed → 130, Chrome and its profile gone; the same call goes on",
  async () => {
    const { code, err } = await score(hasBegun, "SIGHUP");
    expect(code).toBe(130);
    expect(err).toContain("interrupted");
    expect(processesOf(`user-data-dir=${folder}`)).toEqual([]);
    expect(await leftBehind()).toEqual([]);
    await goesOn();
  },
  120_000,
);

test.skipIf(!isLinux)(
  "SIGKILL of the command → the next run clears its profile, and goes on",
  async () => {
    const { code } = await score(hasBegun, "SIGKILL");
    expect(code).toBe(null);
    await goesOn();
    expect(processesOf(`user-data-dir=${folder}`)).toEqual([]);
  },
  120_000,
);

test.skipIf(!isLinux)(
  "SIGKILL of Chrome → an error without a stack, whole lines; the same call goes on",
  async () => {
    let killed = 0;
    const { code, err } = await score((said) => {
      if (killed === 0 && hasBegun(said)) {
        const chrome = processesOf(`user-data-dir=${folder}`);
        for (const id of chrome) process.kill(id, "SIGKILL");
        killed = chrome.length;
      }
      return false;
    });
    expect(killed).toBeGreaterThan(0);
    expect(code).toBe(1);
    expect(err).toMatch(/GpuError: .*Chrome/);
    expect(err).not.toMatch(/^\s+at /m);
    expect(await leftBehind()).toEqual([]);
    await goesOn();
  },
  120_000,
);

test("tensors that nobody uses, one named __proto__ → told by the folder's name, no server's address", async () => {
  const model = path.join(folder, "odd");
  await cp("weights/tiny-vl-reward", model, {
    recursive: true,
    filter: (file) => !/heldout|samples/.test(file),
  });
  const file = path.join(model, "model.safetensors");
  await writeFile(file, withTensors(await readFile(file), ["__proto__", "score.weight"]));
  const call = ["score", "--model", "odd", "--prompt", "Q", "--response", "A"];
  const { code, out, err } = await callCli(folder, call);
  expect(code).toBe(0);
  expect(err).toContain("odd/: tensors that this model does not use: __proto__, score.weight");
  expect(out + err).not.toMatch(/127\.0\.0\.1|localhost|[0-9a-f]{32}/);
}, 120_000);

/** Returns a safetensors file with more tensors at its end, of four zeros each. */
function withTensors(file: Buffer, names: readonly string[]): Buffer {
  const length = Number(file.readBigUInt64LE());
  const header = file
    .subarray(8, 8 + length)
    .toString()
    .trimEnd();
  const data = file.subarray(8 + length);
  const more = names.map((name, i) => {
    const offsets = [data.length + 16 * i, data.length + 16 * (i + 1)];
    return `,${JSON.stringify(name)}:{"dtype":"F32","shape":[1,4],"data_offsets":[${offsets.join(",")}]}`;
  });
  const longer = `${header.slice(0, -1)}${more.join("")}}`;
  const padded = longer.padEnd(Math.ceil(longer.length / 8) * 8);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([size, Buffer.from(padded), data, Buffer.alloc(16 * names.length)]);
}
