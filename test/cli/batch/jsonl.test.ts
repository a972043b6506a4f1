/**
 * Files of JSON lines: how they are split, which rows are conversations, and the errors of others.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCase } from "../../../cli/batch/batch-rows.ts";
import { openInput } from "../../../cli/batch/input-rows.ts";
import { casesByteLength } from "../../../cli/batch/jsonl.ts";
import { writeSafetensors } from "../../../cli/output/safetensors-writer.ts";
import { InputError } from "../../../src/errors.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-jsonl-"));
});
afterAll(() => rm(folder, { recursive: true }));

const turns = '"messages":[{"role":"assistant","content":"So."}]';

async function read(text: string | Uint8Array): Promise<(string | number)[]> {
  const file = path.join(folder, "cases.jsonl");
  await writeFile(file, text);
  const rows: (string | number)[] = [];
  const wanted = '{"id": …, "messages": […]}';
  const input = await openInput(file, { wanted, idFromLine: false });
  for await (const { row, where } of input.rows()) {
    try {
      if (row instanceof InputError) throw row;
      readCase(row, where);
      rows.push(row.id);
    } catch (error) {
      rows.push((error as Error).message.replace(file, "FILE"));
    }
  }
  return rows;
}

test("lines: byte-order mark, CRLF, empty lines, no last newline → every conversation", async () => {
  const row = (id: string): string => `{"id":"${id}",${turns}}`;
  expect(await read(`\ufeff${row("a")}\r\n\n  \n${row("b")}\n${row("c")}`)).toEqual([
    "a",
    "b",
    "c",
  ]);
});

test("lines: U+2028 and U+2029 inside a text → no end of line", async () => {
  expect(await read(`{"id":"a\u2028b\u2029c",${turns}}\n`)).toEqual(["a\u2028b\u2029c"]);
});

test("lines: a line far longer than a piece of the file → whole", async () => {
  const long = "ä".repeat(300_000);
  expect(await read(`{"id":"${long}",${turns}}\n{"id":2,${turns}}\n`)).toEqual([long, 2]);
});

test.each([
  ["{", "FILE, line 2: is not JSON"],
  ["[]", 'FILE, line 2: is not a conversation: expected {"id": …, "messages": […]}, got a list'],
  ["null", 'FILE, line 2: is not a conversation: expected {"id": …, "messages": […]}, got null'],
  ['{"messages":[]}', 'FILE, line 2: has no id: expected {"id": …, "messages": […]}, got nothing'],
  [
    '{"id":true,"messages":[]}',
    'FILE, line 2: has no id: expected {"id": …, "messages": […]}, got a boolean',
  ],
  [
    '{"id":"x","messages":"hi"}',
    "FILE, line 2, messages: expected a list of messages, got a string",
  ],
])("lines: %s → said with its line, and the next line follows", async (line, message) => {
  const [error, next] = await read(`\n${line}\n{"id":"next",${turns}}`);
  expect(error).toContain(message);
  expect(next).toBe("next");
});

test("lines: no UTF-8, no file, a folder, a Git LFS pointer → InputError", async () => {
  const bytes = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
  expect(await read(Buffer.concat([bytes, Buffer.from(`{"id":2,${turns}}`)]))).toEqual([
    "FILE, line 1: is not UTF-8. Save it as UTF-8.",
    2,
  ]);
  await expect(casesByteLength(path.join(folder, "gone"))).rejects.toThrow(InputError);
  await expect(casesByteLength(folder)).rejects.toThrow(/is a folder/);
  const pointer = path.join(folder, "pointer.jsonl");
  await writeFile(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
  await expect(casesByteLength(pointer)).rejects.toThrow(/pointer\.jsonl: is a Git LFS pointer/);
});

test("writeSafetensors: two tensors → header first, then their bytes, no other file left", async () => {
  const file = path.join(folder, "trace.safetensors");
  const writer = await writeSafetensors(file);
  const a = Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
  async function* pieces(): AsyncGenerator<Buffer> {
    yield a.subarray(0, 7);
    yield a.subarray(7);
  }
  await writer.append(pieces());
  writer.add("case/a", [2, 3]);
  writer.add("case/empty", [0, 3]);
  await writer.finish();
  await writer.discard();
  const bytes = await readFile(file);
  const headerBytes = Number(bytes.readBigUInt64LE());
  expect(headerBytes % 8).toBe(0);
  expect(JSON.parse(bytes.subarray(8, 8 + headerBytes).toString())).toEqual({
    "case/a": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
    "case/empty": { dtype: "F32", shape: [0, 3], data_offsets: [24, 24] },
  });
  expect(bytes.subarray(8 + headerBytes)).toEqual(a);
});

test("writeSafetensors: bytes that the shapes do not take → an error and no file", async () => {
  const file = path.join(folder, "bad.safetensors");
  const writer = await writeSafetensors(file);
  writer.add("a", [2]);
  await expect(writer.finish()).rejects.toThrow("shapes take 8 bytes, bodies have 0");
  await writer.discard();
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});
