/** `vl-reward reference` from the shell to Chrome and back, on the embedded model. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readReference } from "../../../src/reference/reference-file.ts";
import { EMBEDDED_ROOT } from "../../../testing/held-out.ts";
import { callCli } from "../shell.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-reference-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Pair {
  readonly task: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

test("reference: pairs without pictures, one of them labelled wrong → temperature, percentiles, questions alone", async () => {
  const lines = (await readFile(`${EMBEDDED_ROOT}heldout/pairs.jsonl`, "utf8")).trimEnd();
  const pairs = lines.split("\n").map((line) => JSON.parse(line) as Pair);
  const [first, ...others] = pairs.filter(({ task }) => task.startsWith("text"));
  if (first === undefined) throw new Error("no pair of texts");
  const { prompt, chosen, rejected } = first;
  const rows = [{ prompt, chosen: rejected, rejected: chosen }, ...others.map(questionOf)];
  await writeFile(
    path.join(folder, "pairs.jsonl"),
    rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  );
  const args = ["reference", "pairs.jsonl", "--output", "out.safetensors"];
  const { code, err } = await callCli(folder, args);
  expect(code, err).toBe(0);
  expect(err).toContain(`out.safetensors: ${rows.length} pairs, T = `);
  const bytes = await readFile(path.join(folder, "out.safetensors"));
  const set = await readReference({
    path: "out.safetensors",
    byteLength: bytes.length,
    read: async (begin, into) => into.set(bytes.subarray(begin, begin + into.length)),
  });
  expect(set.pairs).toBe(rows.length);
  expect(set.temperature).toBeGreaterThan(0);
  expect(set.picture).toBeUndefined();
  expect(set.textQuestion?.limit).toBeGreaterThan(1);
}, 240_000);

function questionOf({ prompt, chosen, rejected }: Pair): Omit<Pair, "task"> {
  return { prompt, chosen, rejected };
}
