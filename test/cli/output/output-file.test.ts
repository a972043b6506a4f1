/** The one way in which commands write files: whole, in place of no device, through links. */
import { execFileSync } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { jsonLine, openLines, writeWhole } from "../../../cli/output/output-file.ts";
import { writeSafetensors } from "../../../cli/output/safetensors-writer.ts";
import { InputError } from "../../../src/errors.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-output-"));
});
afterEach(() => rm(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

/** Each writer of the command line, with a text that its output must hold. */
const writers: [string, (file: string) => Promise<void>][] = [
  ["writeWhole", (file) => writeWhole(file, "some text\n")],
  [
    "openLines",
    async (file) => {
      const lines = await openLines(file);
      try {
        await lines.write("some text");
        await lines.finish();
      } finally {
        await lines.discard();
      }
    },
  ],
  [
    "writeSafetensors",
    async (file) => {
      const writer = await writeSafetensors(file);
      try {
        await writer.append(
          (async function* () {
            yield Buffer.from("some text...");
          })(),
        );
        writer.add("a", [3]);
        await writer.finish();
      } finally {
        await writer.discard();
      }
    },
  ],
];

test.each(writers)(
  "%s: a new file, and a file that is there → whole, its mode stays, nothing beside",
  async (_, write) => {
    await write(at("new"));
    await writeFile(at("old"), "x".repeat(10_000));
    await chmod(at("old"), 0o640);
    await write(at("old"));
    expect(await readFile(at("old"))).toEqual(await readFile(at("new")));
    expect((await stat(at("old"))).mode & 0o777).toBe(0o640);
    expect(await readFile(at("new"), "utf8")).toContain("some text");
    expect((await readdir(folder)).toSorted()).toEqual(["new", "old"]);
  },
);

test.each(writers)(
  "%s: links, also one to a file that is not there yet → stay",
  async (_, write) => {
    await mkdir(at("far"));
    await writeFile(at("far/there"), "before");
    await symlink("far/there", at("one"));
    await symlink("far/not-yet", at("two"));
    await write(at("one"));
    await write(at("two"));
    for (const name of ["one", "two"]) {
      expect((await lstat(at(name))).isSymbolicLink(), name).toBe(true);
      expect(await readFile(at(name), "utf8"), name).toContain("some text");
    }
    expect((await readdir(at("far"))).toSorted()).toEqual(["not-yet", "there"]);
  },
);

test.each(writers)(
  "%s: a device → written to, not replaced, nothing beside it",
  async (_, write) => {
    const before = (await readdir("/dev")).toSorted();
    await write("/dev/null");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
    expect((await readdir("/dev")).toSorted()).toEqual(before);
  },
);

test.each(writers)("%s: a pipe → its reader gets all, and it stays a pipe", async (_, write) => {
  const make = "mkfifo";
  execFileSync(make, [at("pipe")]);
  const [text] = await Promise.all([readFile(at("pipe"), "utf8"), write(at("pipe"))]);
  expect(text).toContain("some text");
  expect((await stat(at("pipe"))).isFIFO()).toBe(true);
});

test.each(writers)(
  "%s: no folder, a folder, a full device → InputError that names the output",
  async (_, write) => {
    for (const file of [at("no/such/file"), folder, "/dev/full"]) {
      await expect(write(file)).rejects.toThrow(InputError);
      await expect(write(file)).rejects.toThrow(file);
    }
    expect(await readdir(folder)).toEqual([]);
  },
);

test("openLines: not finished → no file; finished → all lines, in order", async () => {
  const lines = await openLines(at("lines"));
  for (let id = 0; id < 2000; id += 1) await lines.write({ id, text: "x".repeat(100) });
  expect(await readdir(folder)).toHaveLength(1);
  await lines.discard();
  expect(await readdir(folder)).toEqual([]);
  const again = await openLines(at("lines"));
  for (let id = 0; id < 2000; id += 1) await again.write({ id });
  await again.finish();
  const rows = (await readFile(at("lines"), "utf8")).trimEnd().split("\n");
  expect(rows.map((row) => (JSON.parse(row) as { id: number }).id)).toEqual(
    Array.from({ length: 2000 }, (_, i) => i),
  );
});

test("jsonLine: control characters and marks of text direction → escaped, and the same value", () => {
  const text = "\u001b[31m\u009b2J\u007f\u202e\u2066\u2028 é 漢 👩‍👩‍👧";
  const line = jsonLine({ text });
  // oxlint-disable-next-line no-control-regex
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028]/);
  expect(JSON.parse(line)).toEqual({ text });
  expect(line).toContain("é 漢 👩‍👩‍👧");
});
