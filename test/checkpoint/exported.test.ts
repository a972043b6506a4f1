/**
 * Exports for the web without a GPU: what is written, and that damage is named by its shard.
 * `test/cli/commands/export-web.gpu.test.ts` has their scores.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localSource } from "../../cli/chrome/local-source.ts";
import { quantiseRows } from "../../cli/web/quantise-rows.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { readSafetensors } from "../../src/checkpoint/safetensors.ts";
import type { Source } from "../../src/files/source.ts";
import { rowValues } from "../../src/kernels/weight-forms.ts";
import { runExport } from "../../testing/cli/run-export.ts";
import { modelFolder } from "../../testing/golden.ts";
import { quantise } from "../../testing/reference/quantise.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-web-"));
});
afterAll(() => rm(folder, { recursive: true }));

const SMALL = ["--shard-bytes", "150000"];

/** Returns the folder of a new export of golden qwen3 in q4. */
async function exported(name: string, ...more: string[]): Promise<string> {
  const output = path.join(folder, name);
  const of = ["--weights", "q4", "--model", modelFolder("qwen3"), "--output", output];
  const { code, err } = await runExport([...of, ...SMALL, ...more]);
  expect(code, err).toBe(0);
  return output;
}

const shardsOf = (dir: string): string[] =>
  readdirSync(dir).filter((file) => file.endsWith(".safetensors"));

test("export: files → the original's small ones, all hashed, shards by the format's rules, ≤ the size asked for", async () => {
  const from = modelFolder("qwen3");
  const output = await exported("files", "--revision", "main");
  const small = (names: readonly string[]): string[] =>
    names.filter((file) => !/safetensors|^vl-reward-export/.test(file)).toSorted();
  expect(small(await readdir(output))).toEqual(small(await readdir(from)));
  const report = JSON.parse(readFileSync(path.join(output, "vl-reward-export.json"), "utf8"));
  const others = (await readdir(output)).filter((file) => file !== "vl-reward-export.json");
  expect(report.files.map((file: { path: string }) => file.path)).toEqual(others.toSorted());
  expect(report.original).toMatchObject({ name: "qwen3", revision: "main" });
  expect(shardsOf(output).length).toBeGreaterThan(2);
  for (const shard of shardsOf(output)) {
    const file = (await localSource(output).open(shard))!;
    const { metadata, tensors, dataBegin } = await readSafetensors(file, undefined, "aligned");
    expect(metadata.get("made_of")).toBe(report.original.sha256);
    expect(file.byteLength - dataBegin).toBeLessThanOrEqual(150_000);
    expect(tensors.size).toBeGreaterThan(0);
  }
  const again = await exported("again", "--revision", "main");
  expect(await readdir(again)).toEqual(await readdir(output));
  const args = ["--weights", "q8", "--model", output, "--output", path.join(folder, "twice")];
  expect(await runExport(args)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/export in q4/),
  });
});

/** Reads every tensor, by pieces and in sequence; returns the error, or nothing. */
async function failure(source: Source): Promise<string> {
  try {
    const { tensors } = await openCheckpoint(source);
    for (const { file, begin, end } of tensors.values()) {
      const bytes = new Uint8Array(end - begin);
      for (let at = 0; at < bytes.length; at += 50_001) {
        await file.read(begin + at, bytes.subarray(at, at + 50_001));
      }
      const sequence = file.sequence?.(begin, end);
      const again = new Uint8Array(end - begin);
      for (let at = 0; at < again.length && sequence; at += 70_001) {
        await sequence.read(again.subarray(at, at + 70_001));
      }
      if (sequence) expect(again).toEqual(bytes);
      sequence?.close();
    }
    return "";
  } catch (error) {
    return String(error);
  }
}

/** A folder whose files offer sequences, as those over HTTP do. */
function sequenced(dir: string): Source {
  const source = localSource(dir);
  return {
    ...source,
    async open(name, signal) {
      const file = await source.open(name, signal);
      return (
        file && {
          ...file,
          sequence(begin) {
            let at = begin;
            return {
              async read(into) {
                await file.read(at, into);
                at += into.byteLength;
              },
              close: () => {},
            };
          },
        }
      );
    },
  };
}

test("export: a flipped bit in any shard, at either end or inside → that shard is named, by either way to read", async () => {
  const output = await exported("flipped");
  expect(await failure(sequenced(output))).toBe("");
  for (const shard of shardsOf(output)) {
    const file = path.join(output, shard);
    const bytes = readFileSync(file);
    const header = 8 + Number(bytes.readBigUInt64LE());
    for (const at of [header, (header + bytes.length) >> 1, bytes.length - 1]) {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 16;
      writeFileSync(file, damaged);
      const wanted = new RegExp(
        `^WeightsError: .*${shard}: is damaged: bytes .* Upload the file again`,
      );
      expect(await failure(localSource(output))).toMatch(wanted);
      const { tensors } = await openCheckpoint(sequenced(output));
      const inside = [...tensors.values()].find(
        (one) => one.file.path === shard && one.begin <= at && at < one.end,
      );
      // Joined pieces have no sequence.
      const sequence = inside?.file.sequence?.(inside.begin, inside.end);
      const into = new Uint8Array(inside ? inside.end - inside.begin : 0);
      if (sequence) await expect(sequence.read(into)).rejects.toThrow("is damaged");
    }
    writeFileSync(file, bytes);
  }
});

test("export: a shard of another export, of none, cut or missing → that shard is named", async () => {
  const output = await exported("mixed");
  const other = await exported("other", "--shard-bytes", "150008");
  const [shard = ""] = shardsOf(output);
  const file = path.join(output, shard);
  const whole = readFileSync(file);
  const withFile = async (bytes: Uint8Array): Promise<string> => {
    writeFileSync(file, bytes);
    return await failure(localSource(output));
  };
  const plain = readFileSync(path.join(modelFolder("qwen3"), "model.safetensors"));
  const foreign = readFileSync(path.join(other, shardsOf(other)[0]!));
  expect(await withFile(foreign)).toContain(`${shard}: the shard is of another export: expected`);
  expect(await withFile(plain)).toContain(`${shard}: the shard is of another export: expected`);
  expect(await withFile(whole.subarray(0, -1))).toMatch(new RegExp(`${shard}.*cut off`));
  expect(await withFile(Buffer.from("<!doctype html>"))).toContain(shard);
  const older = Buffer.from(
    whole.toString("latin1").replace('"layout":"1"', '"layout":"0"'),
    "latin1",
  );
  expect(await withFile(older)).toContain(`${shard}: was exported by another version`);
  await rename(file, `${file}.gone`);
  expect(await failure(localSource(output))).toContain(`shards are missing: ${shard}`);
  await rename(`${file}.gone`, file);
  expect(await withFile(whole)).toBe("");
});

test("export: an output that is there → refused; interrupted, or NaN in a tensor → nothing is left", async () => {
  await exported("before");
  const before = await readdir(folder);
  const to = (name: string): string[] => ["--output", path.join(folder, name)];
  const of = ["--weights", "q4", "--model", modelFolder("qwen3")];
  const there = await runExport([...of, ...to(before[0]!)]);
  expect(there).toMatchObject({ code: 1, err: expect.stringContaining("is there already") });
  const controller = new AbortController();
  let told = 0;
  const onProgress = (): void => {
    told += 1;
    if (told === 12) controller.abort("interrupted");
  };
  expect(
    (await runExport([...of, ...SMALL, ...to("cut")], controller.signal, onProgress)).code,
  ).toBe(130);
  const broken = path.join(folder, "broken");
  await cp(modelFolder("qwen3"), broken, { recursive: true });
  const file = path.join(broken, "model.safetensors");
  const bytes = readFileSync(file);
  const { tensors } = await readSafetensors((await localSource(broken).open("model.safetensors"))!);
  const down = tensors.get("model.layers.1.mlp.down_proj.weight")!;
  bytes.fill(0xff, down.begin + 64, down.begin + 68);
  writeFileSync(file, bytes);
  const nan = await runExport(["--weights", "q4", "--model", broken, ...to("nan")]);
  expect(nan.code).toBe(1);
  expect(nan.err).toContain(`tensor "${down.name}": holds NaN or infinity`);
  expect((await readdir(folder)).toSorted()).toEqual([...before, "broken"].toSorted());
});

test.each([
  [["--model", "x", "--output", "y"], "--weights is missing"],
  [["--weights", "f32", "--model", "x", "--output", "y"], "--weights takes q4, q8; got f32"],
  [["--weights", "q4", "--shard-bytes", "5", "--model", "x", "--output", "y"], "--shard-bytes"],
])("export --for web %j → wrong use", async (argv, why) => {
  expect(await runExport(argv)).toEqual({ code: 2, err: expect.stringContaining(why) });
});

test("quantiseRows: large, tiny, equal, negative and odd values → bit for bit the reference", () => {
  const columns = 70;
  const rows = 12;
  let seed = 7;
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    const scale = [1, 1e-3, 2 ** -101, 1e30, 0, 3, 2 ** -120, 0.5][(i >> 5) % 8]!;
    return i % 11 === 0 ? scale * 1.5 : (random() - 0.5) * scale;
  });
  for (const form of ["q8", "q4"] as const) {
    const { bytes } = quantise(form, values, rows, columns);
    const stride = rowValues(form, columns);
    const padded = new Float32Array(rows * stride);
    for (let row = 0; row < rows; row++) {
      padded.set(values.subarray(row * columns, (row + 1) * columns), row * stride);
    }
    const words = new Uint32Array((rows * stride) / (form === "q8" ? 4 : 8));
    const scales = new Uint32Array((rows * stride) / 32);
    expect(quantiseRows(form, padded, words, scales)).toBe(-1);
    expect([...words, ...scales]).toEqual([...bytes].slice(0, words.length + scales.length));
  }
  const bad = new Float32Array(64);
  bad[40] = NaN;
  expect(quantiseRows("q4", bad, new Uint32Array(8), new Uint32Array(2))).toBe(1);
});
