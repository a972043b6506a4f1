/**
 * Each rule of the format, by files made by hand: what is accepted, what is refused, and in which
 * words.
 */
import { describe, expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { dtypeBits } from "../../src/checkpoint/dtype.ts";
import { MAX_HEADER_BYTES, readSafetensors } from "../../src/checkpoint/safetensors.ts";
import type { SourceFile } from "../../src/files/source.ts";
import { memoryFile } from "../../testing/files/node-source.ts";
import { safetensors, tensorFile } from "../../testing/checkpoint/safetensors-bytes.ts";

const read = async (bytes: Uint8Array, alignment: "any" | "aligned" = "any") =>
  await readSafetensors(memoryFile("w.safetensors", bytes), undefined, alignment);

/** One tensor "a" with these fields, and the header's text around it. */
const one = (fields: string, before = "", after = ""): string =>
  `{${before}"a":{${fields}}${after}}`;
const F32 = (shape: string, begin: number | string, end: number | string): string =>
  `"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]`;

/** One element of a type, at these bytes. */
const field = (dtype: string, begin: number, end: number): string =>
  `{"dtype":"${dtype}","shape":[1],"data_offsets":[${begin},${end}]}`;

/** A file of a TiB, all of it spaces after N. */
const huge = (headerBytes: number): SourceFile => ({
  path: "huge",
  byteLength: 2 ** 40,
  async read(begin, into) {
    if (begin === 0) new DataView(into.buffer).setBigUint64(0, BigInt(headerBytes), true);
    else into.fill(0x20);
  },
});

const accepted: readonly [
  situation: string,
  header: string,
  tensorBytes: number,
  names: string[],
][] = [
  ["no tensor", "{}", 0, []],
  ["one tensor", one(F32("[2]", 0, 8)), 8, ["a"]],
  ["a scalar", one(F32("[]", 0, 4)), 4, ["a"]],
  ["a tensor of no element", one(F32("[3,0]", 0, 0)), 0, ["a"]],
  [
    "an empty tensor at another's offset",
    one(F32("[2]", 0, 8), `"e":{${F32("[0]", 0, 0)}},`),
    8,
    ["e", "a"],
  ],
  [
    "an empty tensor at the end",
    one(F32("[2]", 0, 8), `"e":{${F32("[0]", 8, 8)}},`),
    8,
    ["e", "a"],
  ],
  [
    "tensors not in the order of their bytes",
    one(F32("[1]", 4, 8), `"b":{${F32("[1]", 0, 4)}},`),
    8,
    ["b", "a"],
  ],
  ["spaces after the header", `${one(F32("[1]", 0, 4))}     `, 4, ["a"]],
  [
    "white space between tokens",
    '{ "a" :\n{"dtype":\t"F32","shape":[ 1 ],"data_offsets":[0 , 4]} }\r\n',
    4,
    ["a"],
  ],
  ["fields in another order", '{"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}', 4, ["a"]],
  ["metadata", one(F32("[1]", 0, 4), '"__metadata__":{"format":"pt","":""},'), 4, ["a"]],
  ["metadata that is null", one(F32("[1]", 0, 4), '"__metadata__":null,'), 4, ["a"]],
  ["empty metadata", '{"__metadata__":{}}', 0, []],
  ["an empty name", `{"":{${F32("[1]", 0, 4)}}}`, 4, [""]],
  ["a name that objects know", `{"__proto__":{${F32("[1]", 0, 4)}}}`, 4, ["__proto__"]],
  ["a name like a path", `{"../\\u0000x":{${F32("[1]", 0, 4)}}}`, 4, ["../\0x"]],
  [
    "a name of one astral character, escaped",
    `{"\\ud83d\\ude00":{${F32("[1]", 0, 4)}}}`,
    4,
    ["😀"],
  ],
  [
    "a name with each escape",
    `{"\\"\\\\\\/\\b\\f\\n\\r\\t":{${F32("[1]", 0, 4)}}}`,
    4,
    ['"\\/\b\f\n\r\t'],
  ],
  [
    "keys that escapes spell",
    '{"\\u0061":{"d\\u0074ype":"F32","shape":[1],"data_offsets":[0,4]}}',
    4,
    ["a"],
  ],
  ["two F4 in a byte", '{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}', 1, ["a"]],
  [
    "four F6 in three bytes",
    '{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}',
    3,
    ["a"],
  ],
  [
    "f32 after one byte",
    '{"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}',
    5,
    ["u", "a"],
  ],
];

test.each(accepted)("safetensors: %s → accepted", async (_, header, tensorBytes, names) => {
  const { tensors, dataBegin } = await read(safetensors(header, tensorBytes));
  expect([...tensors.keys()]).toEqual(names);
  expect(dataBegin).toBe(8 + Buffer.byteLength(header));
});

test.each([...dtypeBits])("safetensors: 8 elements of %s → %i bytes", async (dtype, bytes) => {
  const header = `{"a":{"dtype":"${dtype}","shape":[2,4],"data_offsets":[0,${bytes}]}}`;
  const { tensors } = await read(safetensors(header, bytes));
  expect(tensors.get("a")).toMatchObject({ dtype, shape: [2, 4] });
});

const TWO_53 = "9007199254740992";
const refused: readonly [
  situation: string,
  header: string | Uint8Array,
  tensorBytes: number,
  message: RegExp,
][] = [
  ["nothing", "", 0, /does not begin with \{/],
  ["a space before the object", ` ${one(F32("[1]", 0, 4))}`, 4, /does not begin with \{/],
  ["a byte order mark", `\uFEFF${one(F32("[1]", 0, 4))}`, 4, /does not begin with \{/],
  ["a list", "[]", 0, /does not begin with \{/],
  ["zeros after the header", `${one(F32("[1]", 0, 4))}\0\0`, 4, /continues after its end/],
  ["a second object", "{}{}", 0, /continues after its end but has "\{\}"/],
  ["an object without its end", '{"a":', 0, /needs an object but ends/],
  ["a string without its end", '{"a', 0, /string without its end/],
  ["a line feed in a string", '{"a\n":1}', 0, /control character/],
  ["an unknown escape", '{"\\x61":{}}', 0, /an escape that JSON does not know/],
  ["a short \\u escape", '{"\\u00":{}}', 0, /an escape that JSON does not know/],
  ["half a surrogate pair", `{"\\ud800":{${F32("[1]", 0, 4)}}}`, 4, /half a surrogate pair/],
  ["bytes that are not UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0, /not UTF-8/],
  ["a surrogate in UTF-8", Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d), 0, /not UTF-8/],
  ["a comment", '{/**/"a":1}', 0, /needs a string/],
  [
    "a comma after the last",
    `${one(F32("[1]", 0, 4)).slice(0, -1)},}`,
    4,
    /needs a string but has "\}"/,
  ],
  ["single quotes", "{'a':1}", 0, /needs a string/],
  [
    "the same name twice",
    one(F32("[1]", 0, 4), "", `,"a":{${F32("[1]", 4, 8)}}`),
    8,
    /key "a" twice/,
  ],
  [
    "the same name twice, once escaped",
    one(F32("[1]", 0, 4), "", `,"\\u0061":{${F32("[1]", 4, 8)}}`),
    8,
    /key "a" twice/,
  ],
  [
    "__proto__ twice",
    `{"__proto__":{${F32("[0]", 0, 0)}},"__proto__":{${F32("[0]", 0, 0)}}}`,
    0,
    /key "__proto__" twice/,
  ],
  ["dtype twice", one(`"dtype":"F32",${F32("[1]", 0, 4)}`), 4, /key "dtype" twice/],
  ["metadata twice", '{"__metadata__":{},"__metadata__":{}}', 0, /key "__metadata__" twice/],
  ["a metadata key twice", '{"__metadata__":{"a":"1","a":"1"}}', 0, /key "a" twice/],
  ["a number in metadata", '{"__metadata__":{"a":1}}', 0, /needs a string but has "1\}\}"/],
  ["an object in metadata", '{"__metadata__":{"a":{}}}', 0, /needs a string/],
  ["metadata that is a list", '{"__metadata__":[]}', 0, /needs an object/],
  ["an unknown field", one(`${F32("[1]", 0, 4)},"device":"cpu"`), 4, /unknown field "device"/],
  ["a tensor that is null", '{"a":null}', 0, /needs an object but has "null\}"/],
  ["no dtype", one('"shape":[1],"data_offsets":[0,4]'), 4, /lacks "dtype" of "a"/],
  ["no shape", one('"dtype":"F32","data_offsets":[0,4]'), 4, /lacks "shape" of "a"/],
  ["no offsets", one('"dtype":"F32","shape":[1]'), 4, /lacks "data_offsets" of "a"/],
  [
    "an unknown dtype",
    one(F32("[1]", 0, 4)).replace("F32", "F128"),
    4,
    /tensor "a": has an unknown dtype: expected BOOL, F4,.*got "F128"/,
  ],
  [
    "a dtype in small letters",
    one(F32("[1]", 0, 4)).replace("F32", "f32"),
    4,
    /unknown dtype: .*got "f32"/,
  ],
  [
    "a dtype that objects know",
    one(F32("[1]", 0, 4)).replace("F32", "constructor"),
    4,
    /unknown dtype/,
  ],
  ["one offset", one('"dtype":"F32","shape":[1],"data_offsets":[0]'), 4, /needs two data offsets/],
  [
    "three offsets",
    one('"dtype":"F32","shape":[1],"data_offsets":[0,4,8]'),
    4,
    /third data offset/,
  ],
  ["a negative dimension", one(F32("[-1]", 0, 4)), 4, /number -1, which is not whole/],
  ["minus zero", one(F32("[-0]", 0, 0)), 0, /number -0, which is not whole/],
  ["a dimension of 1.0", one(F32("[1.0]", 0, 4)), 4, /number 1\.0, which is not whole/],
  ["a dimension of 1e0", one(F32("[1e0]", 0, 4)), 4, /number 1e0, which is not whole/],
  [
    "a dimension of 01",
    one(F32("[01]", 0, 4)),
    4,
    /needs a comma or the end of the list but has "1\]/,
  ],
  ["a dimension in quotes", one(F32('["1"]', 0, 4)), 4, /needs a whole number/],
  ["a nested shape", one(F32("[[1]]", 0, 4)), 4, /needs a whole number but has "\[1\]/],
  ["a dimension of 2^53", one(F32(`[${TWO_53},0]`, 0, 0)), 0, /number 9007199254740992/],
  ["a dimension of 400 digits", one(F32(`[${"9".repeat(400)}]`, 0, 4)), 4, /number 9{80}, which/],
  ["an offset of 2^53", one(F32("[1]", TWO_53, "9007199254740996")), 4, /number 9007199254740992/],
  [
    "dimensions whose product overflows",
    one(F32("[4294967296,4294967296]", 0, 4)),
    4,
    /larger than any file/,
  ],
  [
    "dimensions that overflow to zero in 64 bits",
    one(F32("[4294967296,4294967296,4]", 0, 0)),
    0,
    /larger than any file/,
  ],
  [
    "dimensions that overflow before a zero",
    one(F32("[4294967296,4294967296,0]", 0, 0)),
    0,
    /larger than any file/,
  ],
  [
    "bytes fewer than the shape",
    one(F32("[2]", 0, 4)),
    4,
    /do not fit its shape: expected 8 bytes for F32 \[2\], got bytes 0 to 4/,
  ],
  ["bytes more than the shape", one(F32("[1]", 0, 8)), 8, /do not fit its shape/],
  ["an end before the begin", one(F32("[1]", 4, 0)), 4, /do not fit its shape/],
  [
    "an odd count of F4",
    '{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}',
    2,
    /ends inside a byte/,
  ],
  [
    "a hole at the start",
    one(F32("[1]", 4, 8)),
    8,
    /leaves a hole before it: expected byte \d+, got byte \d+/,
  ],
  [
    "a hole between",
    one(F32("[1]", 0, 4), "", `,"b":{${F32("[1]", 8, 12)}}`),
    12,
    /tensor "b": leaves a hole/,
  ],
  [
    "a hole before an empty tensor",
    one(F32("[1]", 0, 4), "", `,"b":{${F32("[0]", 8, 8)}}`),
    4,
    /tensor "b": leaves a hole/,
  ],
  [
    "an empty tensor inside another",
    one(F32("[2]", 0, 8), "", `,"b":{${F32("[0]", 4, 4)}}`),
    8,
    /tensor "b": overlaps/,
  ],
  [
    "an overlap",
    one(F32("[2]", 0, 8), "", `,"b":{${F32("[1]", 4, 8)}}`),
    8,
    /tensor "b": overlaps/,
  ],
  ["the same bytes twice", one(F32("[1]", 0, 4), "", `,"b":{${F32("[1]", 0, 4)}}`), 4, /overlaps/],
  [
    "bytes after the last tensor",
    one(F32("[1]", 0, 4)),
    5,
    /has bytes after its last tensor: expected \d+ bytes, got \d+ bytes/,
  ],
  ["bytes without any tensor", "{}", 1, /has bytes after its last tensor/],
  [
    "too few bytes",
    one(F32("[1]", 0, 4)),
    3,
    /is cut off: expected \d+ bytes, got \d+ bytes\. Download the file again\./,
  ],
  ["deep nesting", `{"a":${"[".repeat(100_000)}`, 0, /needs an object/],
  ["deep nesting in a field", `{"a":{"shape":${"[".repeat(100_000)}`, 0, /needs a whole number/],
];

test.each(refused)("safetensors: %s → refused", async (_, header, tensorBytes, message) => {
  const error = await read(safetensors(header, tensorBytes)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(WeightsError);
  expect(String(error)).toMatch(message);
  expect(String(error)).toMatch(/^WeightsError: w\.safetensors/);
  expect(String(error).length).toBeLessThan(500);
});

describe("the length of the header", () => {
  const lengths: readonly [string, Uint8Array, RegExp][] = [
    [
      "an empty file",
      new Uint8Array(),
      /too short for a safetensors file: expected 8.*got 0 bytes/,
    ],
    ["seven bytes", new Uint8Array(7), /too short/],
    ["one byte more than there is", safetensors("{}", 0, 3n), /ends inside its header/],
    [
      "2^64 - 1",
      safetensors("{}", 0, 2n ** 64n - 1n),
      /too large a header: expected at most 25,000,000 bytes, got 18,446,744,073,709,551,615 bytes/,
    ],
    ["2^32 + 2", safetensors("{}", 0, 2n ** 32n + 2n), /too large a header: .*got 4,294,967,298/],
    [
      "a page",
      Buffer.from("<!DOCTYPE html><title>Sign in</title>"),
      /got HTML \(a login or error page\?\)/,
    ],
    [
      "a Git LFS pointer",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:1"),
      /Git LFS pointer.*git lfs pull/,
    ],
  ];
  test.each(lengths)("safetensors: %s → refused", async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
    await expect(read(bytes)).rejects.toBeInstanceOf(WeightsError);
  });

  test("safetensors: a header at the limit in a huge file → read; one above it → refused", async () => {
    await expect(readSafetensors(huge(MAX_HEADER_BYTES))).rejects.toThrow(/does not begin with/);
    await expect(readSafetensors(huge(MAX_HEADER_BYTES + 1))).rejects.toThrow(/25,000,001/);
  });
});

test("safetensors: misaligned tensors → refused only when asked for", async () => {
  for (const [dtype, bytes] of [
    ["F16", 2],
    ["BF16", 2],
    ["F32", 4],
  ] as const) {
    const header = `{"u":${field("U8", 0, 1)},"a":${field(dtype, 1, 1 + bytes)}}`;
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    const file = safetensors(padded, 1 + bytes);
    await read(file);
    await expect(read(file, "aligned")).rejects.toThrow(`a multiple of ${bytes} for ${dtype}`);
  }
  await read(
    safetensors('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} '.padEnd(64), 4),
    "aligned",
  );
});

test("safetensors: a small file cut at every byte → refused, whole → accepted", async () => {
  const file = tensorFile({ a: [2, 3], b: [], "c.weight": [4] });
  for (let length = 0; length < file.byteLength; length++) {
    await expect(read(file.subarray(0, length))).rejects.toBeInstanceOf(WeightsError);
  }
  const { tensors } = await read(file);
  const ends = [...tensors.values()].map(({ begin, end }) => [
    file.byteLength - begin,
    end - begin,
  ]);
  expect(ends).toEqual([
    [44, 24],
    [20, 4],
    [16, 16],
  ]);
});

test("safetensors: only the first 8 bytes and the header are read", async () => {
  const bytes = tensorFile({ a: [1000] });
  const reads: [number, number][] = [];
  const inner = memoryFile("a", bytes);
  const file: SourceFile = {
    ...inner,
    async read(begin, into) {
      reads.push([begin, into.byteLength]);
      await inner.read(begin, into);
    },
  };
  await readSafetensors(file);
  expect(reads).toEqual([
    [0, 8],
    [8, bytes.byteLength - 8 - 4000],
  ]);
});

test("safetensors: tensors past 4 GiB → exact offsets", async () => {
  const big = 6 * 2 ** 30;
  const header = `{"a":{"dtype":"BF16","shape":[3,1073741824],"data_offsets":[0,${big}]},"b":{"dtype":"F32","shape":[2],"data_offsets":[${big},${big + 8}]}}`;
  const start = safetensors(header);
  const file: SourceFile = {
    path: "big",
    byteLength: start.byteLength + big + 8,
    async read(begin, into) {
      // Bytes after the header are made of their offset.
      for (let i = 0; i < into.byteLength; i++) into[i] = start[begin + i] ?? (begin + i) % 251;
    },
  };
  const { tensors } = await readSafetensors(file);
  const b = tensors.get("b");
  expect(b).toMatchObject({ begin: start.byteLength + big, end: start.byteLength + big + 8 });
  const bytes = new Uint8Array(8);
  await file.read(b?.begin ?? 0, bytes);
  expect(bytes[0]).toBe((start.byteLength + big) % 251);
});

test("safetensors: 50,000 tensors, or a shape of 300,000 dimensions → in time", async () => {
  const names = Array.from(
    { length: 50_000 },
    (_, i) => `"t${i}":{${F32("[1]", i * 4, i * 4 + 4)}}`,
  );
  const many = safetensors(`{${names.join()}}`, 200_000);
  const ones = safetensors(one(F32(`[${"1,".repeat(299_999)}1]`, 0, 4)), 4);
  const nines = safetensors(one(F32(`[${"9,".repeat(299_999)}1]`, 0, 4)), 4);
  // Time of the processor, for others may keep the machine busy.
  const begin = process.cpuUsage();
  expect((await read(many)).tensors.size).toBe(50_000);
  await read(ones);
  await expect(read(nines)).rejects.toThrow(/9, 9, …/);
  expect(process.cpuUsage(begin).user / 1000).toBeLessThan(3000);
});
