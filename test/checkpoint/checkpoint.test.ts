/**
 * Checkpoints: one file, shards, the value head; and everything that an index can say wrong.
 */
import { describe, expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { list, openCheckpoint, readJson } from "../../src/checkpoint/checkpoint.ts";
import { requireTensors, unexpectedTensors } from "../../src/checkpoint/checkpoint.ts";
import { readText } from "../../src/files/text-file.ts";
import { fileSystemSource, memorySource } from "../../testing/files/node-source.ts";
import { safetensors, tensorFile } from "../../testing/checkpoint/safetensors-bytes.ts";

const HEAD = tensorFile({ "v_head.summary.weight": [1, 4], "v_head.summary.bias": [1] });
const A = "model-00001-of-00002.safetensors";
const B = "model-00002-of-00002.safetensors";
const index = (map: Record<string, string>): string =>
  JSON.stringify({ metadata: { total_size: 1 }, weight_map: map });
const sharded = {
  [A]: tensorFile({ "model.x": [2], "model.y": [3] }),
  [B]: tensorFile({ "model.z": [4] }),
  "model.safetensors.index.json": index({ "model.x": A, "model.y": A, "model.z": B }),
};

const open = async (files: Record<string, Uint8Array | string>) =>
  await openCheckpoint(memorySource(files));
const messageOf = async (files: Record<string, Uint8Array | string>): Promise<string> => {
  const error = await open(files).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(WeightsError);
  return (error as Error).message;
};

describe("openCheckpoint", () => {
  test("openCheckpoint: one file and a value head → tensors of both", async () => {
    const single = tensorFile({ "model.x": [2], "lm_head.weight": [5, 2] });
    const files = { "model.safetensors": single, "value_head.safetensors": HEAD };
    const { tensors, totalBytes, source } = await open(files);
    expect([...tensors.keys()].toSorted()).toEqual([
      "lm_head.weight",
      "model.x",
      "v_head.summary.bias",
      "v_head.summary.weight",
    ]);
    expect(tensors.get("v_head.summary.bias")?.file.path).toBe("value_head.safetensors");
    expect(totalBytes).toBe(8 + 16 + 4);
    expect(source.name).toBe("folder");
  });

  test("openCheckpoint: shards, value head beside or inside them", async () => {
    const beside = await open({ ...sharded, "value_head.safetensors": HEAD });
    expect(beside.tensors.size).toBe(5);
    expect(beside.tensors.get("model.z")).toMatchObject({
      file: { path: B },
      dtype: "F32",
      shape: [4],
    });
    const inside = { ...sharded, [B]: tensorFile({ "model.z": [4], "v_head.summary.bias": [1] }) };
    expect((await open(inside)).tensors.has("v_head.summary.bias")).toBe(true);
  });

  test("openCheckpoint: a value head that the index lists → read once", async () => {
    const listed = index({
      "model.x": A,
      "model.y": A,
      "model.z": B,
      "v_head.summary.bias": "value_head.safetensors",
    });
    const files = {
      ...sharded,
      "model.safetensors.index.json": listed,
      "value_head.safetensors": HEAD,
    };
    expect((await open(files)).tensors.size).toBe(5);
  });

  test("openCheckpoint: one file beside an index → the file, as transformers does", async () => {
    const { tensors } = await open({ ...sharded, "model.safetensors": tensorFile({ w: [1] }) });
    expect([...tensors.keys()]).toEqual(["w"]);
  });

  test("openCheckpoint: the embedded model → its tensors", async () => {
    const { tensors, totalBytes } = await openCheckpoint(
      fileSystemSource("weights/tiny-vl-reward"),
    );
    expect(tensors.get("v_head.summary.weight")?.shape[0]).toBe(1);
    expect(totalBytes).toBeGreaterThan(4_000_000);
  });

  test("openCheckpoint: nothing → an error that names what was looked for", async () => {
    expect(await messageOf({ "model.gguf": "" })).toBe(
      "folder: there are no weights in the folder: expected model.safetensors, or model.safetensors.index.json " +
        "and its shards. Check the folder's name; weights in other formats must be saved as safetensors.",
    );
  });

  test("openCheckpoint: many shards missing → all in one error", async () => {
    const map = Object.fromEntries(
      Array.from({ length: 14 }, (_, i) => [`t${i}`, `s${i}.safetensors`]),
    );
    const message = await messageOf({
      "model.safetensors.index.json": index(map),
      "s3.safetensors": tensorFile({ t3: [1] }),
    });
    expect(message).toMatch(/13 of 14 shards are missing: s0\.safetensors, .* and 3 more\./);
    expect(message).not.toContain("s3.");
  });

  test("openCheckpoint: tensors that are not in their shard → listed", async () => {
    const swapped = index({ "model.x": B, "model.y": A, "model.z": B, "model.w": A });
    const message = await messageOf({ ...sharded, "model.safetensors.index.json": swapped });
    expect(message).toContain(
      `lists tensors that are not in their shards: "model.x" in ${B}, "model.w" in ${A}.`,
    );
  });

  test("openCheckpoint: a tensor in two shards, or in a shard and the value head → an error", async () => {
    const twice = { ...sharded, [B]: tensorFile({ "model.z": [5], "model.x": [2] }) };
    expect(await messageOf(twice)).toContain(
      `tensors are in two files: "model.x" in ${A} and ${B}`,
    );
    const heads = {
      ...sharded,
      [B]: tensorFile({ "v_head.summary.bias": [1], "model.z": [4] }),
      "value_head.safetensors": HEAD,
    };
    expect(await messageOf(heads)).toContain(
      `"v_head.summary.bias" in ${B} and value_head.safetensors`,
    );
  });

  test("openCheckpoint: a shard that is cut → its name and both lengths", async () => {
    const cut = { ...sharded, [B]: sharded[B]?.subarray(0, -3) ?? "" };
    expect(await messageOf(cut)).toMatch(
      /^model-00002-of-00002\.safetensors: is cut off: expected [\d,]+ bytes, got/,
    );
  });

  test.each([
    "../x.safetensors",
    "/x",
    "https://evil/x",
    "a/../../x",
    "a//x",
    "./x",
    "..",
    "",
    "a\\x",
    "a\0",
  ])("openCheckpoint: a shard named %j → refused, and never opened", async (name) => {
    const opened: string[] = [];
    const files = memorySource({ "model.safetensors.index.json": index({ t: name }) });
    const source = {
      ...files,
      open: async (path: string) => (opened.push(path), await files.open(path)),
    };
    await expect(openCheckpoint(source)).rejects.toThrow(/names a shard outside the folder/);
    expect(opened).not.toContain(name);
  });

  const indices: readonly [string, string, RegExp][] = [
    ["HTML", "<!doctype html>", /expected JSON, got HTML \(a login or error page\?\)/],
    [
      "cut JSON",
      '{"weight_map": {"a":\n "b"',
      /at line 2, column 5, it needs a comma or the end of the object but ends/,
    ],
    ["no weight_map", '{"metadata": {"x": [1.5e3, true, null]}}', /lacks "weight_map"/],
    ["a list", "[]", /needs an object but has "\[\]"/],
    ["a number for a shard", '{"weight_map": {"a": 1}}', /needs a string but has "1/],
    ["a tensor twice", '{"weight_map": {"a": "x", "a": "y"}}', /has the key "a" twice/],
    [
      "two weight maps",
      '{"weight_map": {"a": "x"}, "weight_map": {}}',
      /has the key "weight_map" twice/,
    ],
    ["no shards", '{"weight_map": {}}', /names no usable shards: expected 1 to 10,000, got 0/],
    [
      "10,001 shards",
      index(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`${i}`, `${i}`]))),
      /got 10,001/,
    ],
    ["deep nesting", `{"metadata": ${"[".repeat(200_000)}`, /nested deeper than 128 levels/],
    ["nothing", "", /needs an object but ends/],
  ];
  test.each(indices)("openCheckpoint: an index of %s → refused", async (_, text, message) => {
    expect(await messageOf({ "model.safetensors.index.json": text })).toMatch(message);
  });

  test("openCheckpoint: a tensor named __proto__ in the index → found", async () => {
    const header = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const files = {
      a: safetensors(header, 1),
      "model.safetensors.index.json": '{"weight_map":{"__proto__":"a"}}',
    };
    expect((await open(files)).tensors.has("__proto__")).toBe(true);
  });
});

describe("expected tensors", () => {
  test("requireTensors: all there → their entries, in the order asked for", async () => {
    const entries = requireTensors(await open(sharded), [
      { name: "model.z", shape: [4] },
      { name: "model.x", shape: [2] },
    ]);
    expect(entries.map(({ name }) => name)).toEqual(["model.z", "model.x"]);
  });

  test("requireTensors: missing, misshapen and of another type → all in one error", async () => {
    const ints = '{"i":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}';
    const checkpoint = await open({ ...sharded, "value_head.safetensors": safetensors(ints, 2) });
    const expected = [
      { name: "model.x", shape: [2] },
      { name: "model.y", shape: [3, 1] },
      { name: "i", shape: [2] },
      { name: "model.q", shape: [1] },
    ];
    expect(() => requireTensors(checkpoint, expected)).toThrow(
      'folder: 3 of 4 tensors are not as the configuration says: "model.y" has shape [3], expected [3, 1]; ' +
        '"i" has dtype I8, expected F32 or F16 or BF16; "model.q" is missing. ' +
        "Check that config.json and the weights are of the same model.",
    );
    expect(requireTensors(checkpoint, [{ name: "i", shape: [2] }], ["I8"])).toHaveLength(1);
  });

  test("requireTensors: 300 missing → ten, and how many more", async () => {
    const expected = Array.from({ length: 300 }, (_, i) => ({ name: `t${i}`, shape: [1] }));
    const checkpoint = await open(sharded);
    expect(() => requireTensors(checkpoint, expected)).toThrow(/"t9" is missing and 290 more\./);
    expect(() => requireTensors(checkpoint, expected)).not.toThrow(/"t10"/);
  });

  test("unexpectedTensors: all but the expected and the ignored", async () => {
    const checkpoint = await open({ ...sharded, "value_head.safetensors": HEAD });
    expect(unexpectedTensors(checkpoint, ["model.x"], ["model.y", /^v_head\./])).toEqual([
      "model.z",
    ]);
  });

  test("list: more than ten → the first ten", () => {
    expect(list(["a", "b"])).toBe("a, b");
    expect(list(Array.from("abcdefghijkl"), "; ")).toBe("a; b; c; d; e; f; g; h; i; j and 2 more");
  });
});

describe("readJson", () => {
  const cases: readonly [string, string | Uint8Array, RegExp][] = [
    [
      "HTML",
      "\n<html><body>Sign in",
      /folder, config\.json: is not what was requested: expected JSON, got HTML \(a login or error page\?\)/,
    ],
    [
      "a comma too many",
      '{"a": 1,\n  "b": 2,}',
      /at line 2, column 10, it needs a string but has "\}"/,
    ],
    ["nothing", "", /it needs a value but ends/],
    ["bytes that are not text", Uint8Array.of(0x22, 0xff, 0x22), /is not UTF-8 text/],
    ["Python's NaN", '{"a": NaN}', /needs a value but has "NaN\}"/],
  ];
  test.each(cases)("readJson: %s → refused", async (_, text, message) => {
    const result = readJson(memorySource({ "config.json": text }), "config.json");
    await expect(result).rejects.toThrow(message);
    await expect(result).rejects.toBeInstanceOf(WeightsError);
  });

  test("readJson: no file → an error with the folder's and the file's name", async () => {
    await expect(readJson(memorySource({}), "config.json")).rejects.toThrow(
      /^folder, config\.json: there is no such file\./,
    );
    expect(await readText(memorySource({}), "chat_template.jinja")).toBeUndefined();
  });

  test("readJson: a file above the cap → refused unread", async () => {
    const huge = {
      name: "f",
      open: async () => ({
        path: "x",
        byteLength: 10_000_001,
        read: () => Promise.reject(new Error("read")),
      }),
    };
    await expect(readJson(huge, "x")).rejects.toThrow(
      /f, x: is too large: expected at most 10,000,000 bytes, got 10,000,001/,
    );
    await expect(readJson(huge, "x", { maxBytes: 2e7 })).rejects.toThrow("read");
  });

  test("readJson: JSON with a byte order mark and astral characters → its value", async () => {
    expect(await readJson(memorySource({ x: '\uFEFF{"a":["😀"]}' }), "x")).toEqual({ a: ["😀"] });
  });
});
