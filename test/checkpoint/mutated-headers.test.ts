/**
 * 20,000 damaged headers: each is refused with a WeightsError, or means the same to another reader.
 *
 * The other reader is `JSON.parse` and the reference's rules in twenty lines. Where it accepts and
 * ours does not, the reason must be one of those by which ours is stricter.
 */
import { expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { dtypeBits } from "../../src/checkpoint/dtype.ts";
import { readSafetensors } from "../../src/checkpoint/safetensors.ts";
import { memoryFile } from "../../testing/files/node-source.ts";
import { safetensors } from "../../testing/checkpoint/safetensors-bytes.ts";

const COUNT = 20_000;
const SEED = 20_261_123;
const DATA_BYTES = 60;
const HEADER =
  '{"__metadata__":{"format":"pt"},' +
  '"v_head.summary.weight":{"dtype":"F32","shape":[1,5],"data_offsets":[0,20]},' +
  '"e":{"dtype":"I64","shape":[0,7],"data_offsets":[20,20]},' +
  '"model.norm.weight":{"dtype":"BF16","shape":[16],"data_offsets":[20,52]},' +
  '"s":{"dtype":"F64","shape":[],"data_offsets":[52,60]}}  ';

/** The pieces that mutations insert: numbers at the edges, JSON tokens, names with a meaning. */
const SPICE = [
  "0",
  "1",
  "-1",
  "4",
  "20",
  "52",
  "60",
  "1e9",
  "0.5",
  "4294967296",
  "9007199254740991",
  "9007199254740993",
  "18446744073709551616",
  "[",
  "]",
  "{",
  "}",
  ",",
  ":",
  '"',
  "\\",
  " ",
  "\n",
  "\0",
  "null",
  "true",
  '"F16"',
  '"F32"',
  '"F4"',
  '"I64"',
  '"__proto__"',
  '"__metadata__"',
  '"dtype"',
  '"shape"',
  '"a":1,',
  "\\ud800",
  "\\u0061",
  "\ufeff",
  "é",
  "[0,0]",
  "[]",
  "{}",
  '"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},',
] as const;

type Random = (below: number) => number;

function randomNumbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** One change of the text. */
function mutate(text: string, random: Random): string {
  const at = random(text.length + 1);
  const to = at + random(Math.min(30, text.length - at + 1));
  const spice = SPICE[random(SPICE.length)] ?? "";
  const tokens = [...text.matchAll(/-?\d+|"[^"]*"|[[\]{},:]/g)];
  const token = tokens[random(tokens.length)];
  const tokenAt = token?.index ?? 0;
  const tokenEnd = tokenAt + (token?.[0].length ?? 0);
  const replace = (begin: number, end: number, by: string): string =>
    text.slice(0, begin) + by + text.slice(end);
  const kinds: (() => string)[] = [
    () => replace(at, to, ""),
    () => replace(at, at, spice),
    () => replace(at, at, text.slice(at, to)),
    () => replace(at, at + 1, String.fromCharCode(random(128))),
    () => replace(tokenAt, tokenEnd, spice),
    () => replace(tokenAt, tokenEnd, tokens[random(tokens.length)]?.[0] ?? ""),
    () => replace(tokenAt, tokenEnd, `${Number.parseInt(token?.[0] ?? "") + random(9) - 4}`),
    () => text.replace(/(\d+)\]/, (_, n: string) => `${Number(n) + 4 * (random(3) - 1)}]`),
    () =>
      text.replace(/,("[\w.]+":\{"dtype[^}]*\})/, (_, tensor: string) => `,${tensor},${tensor}`),
    () => text.replace(/"([a-z])/, (_, c: string) => `"\\u00${c.charCodeAt(0).toString(16)}`),
    () => text.replace(/("\w+":"[^"]*"),("\w+":[^\]]*\])/, "$2,$1"),
  ];
  return (kinds[random(kinds.length)] as () => string)();
}

const isCount = (n: unknown): boolean => typeof n === "number" && Number.isSafeInteger(n) && n >= 0;

/**
 * The tensors by the reference's rules, or undefined: the last of equal keys wins, unknown fields
 * are passed over.
 */
function otherReader(header: string, dataBytes: number): Map<string, string> | undefined {
  let json: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;
  try {
    json = JSON.parse(header) as typeof json;
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
  const tensors = Object.entries(json).filter(([name]) => name !== "__metadata__");
  let end = 0;
  const isRight = tensors
    .toSorted(
      ([, a], [, b]) =>
        (a?.data_offsets?.[0] ?? 0) - (b?.data_offsets?.[0] ?? 0) ||
        (a?.data_offsets?.[1] ?? 0) - (b?.data_offsets?.[1] ?? 0),
    )
    .every(([, t]) => {
      const bits = dtypeBits.get(t?.dtype);
      if (bits === undefined || !Array.isArray(t.shape) || !t.shape.every(isCount)) return false;
      if (!Array.isArray(t.data_offsets) || t.data_offsets.length !== 2) return false;
      const [from = -1, to = -1] = t.data_offsets;
      const isNext = from === end && (to - from) * 8 === t.shape.reduce((a, b) => a * b, bits);
      end = to;
      return isNext;
    });
  const metadata = Object.entries(json).find(([name]) => name === "__metadata__")?.[1] ?? {};
  const isText =
    !Array.isArray(metadata) &&
    typeof metadata === "object" &&
    Object.values(metadata).every((value) => typeof value === "string");
  if (!isRight || end !== dataBytes || !isText) return undefined;
  return new Map(
    tensors.map(([name, t]) => [name, JSON.stringify([t.dtype, t.shape, ...t.data_offsets])]),
  );
}

/** Returns true if valid JSON has more keys in its text than in its value. */
function hasEqualKeys(header: string): boolean {
  const count = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 0;
    const inside = Object.values(value).reduce((sum: number, item) => sum + count(item), 0);
    return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
  };
  const written = header.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/g)?.length ?? 0;
  return written !== count(JSON.parse(header));
}

const STRICTER =
  /twice|unknown field|does not begin|half a surrogate|not whole|third data offset|larger than any file/;

test(`safetensors: ${COUNT} mutated headers → a clear refusal or a right acceptance`, async () => {
  const random = randomNumbers(SEED);
  const verdicts = { accepted: 0, refused: 0, stricter: 0 };
  const wrong: string[] = [];
  let slowestMs = 0;
  for (let i = 0; i < COUNT; i++) {
    let header = HEADER;
    for (let changes = 1 + random(3); changes > 0; changes--) header = mutate(header, random);
    // Some files keep the old N, some are cut or have bytes too many.
    const oldLength = random(20) === 0 ? BigInt(HEADER.length) : undefined;
    const dataBytes = random(20) === 0 ? random(80) : DATA_BYTES;
    const file = safetensors(header, dataBytes, oldLength);
    const begin = process.cpuUsage();
    const result = await readSafetensors(memoryFile("w", file)).catch((error: unknown) => error);
    slowestMs = Math.max(slowestMs, process.cpuUsage(begin).user / 1000);
    const read = oldLength === undefined ? header : undefined;
    // Without the old N, the text that is read is the mutated one, as UTF-8 holds it.
    const other = read === undefined ? undefined : otherReader(read.toWellFormed(), dataBytes);
    if (result instanceof Error) {
      const { message } = result;
      const isClear = result instanceof WeightsError && /^w(, [^:]+)?: .+\.$/s.test(message);
      if (!isClear || message.length > 700) wrong.push(`${header}\n  unclear: ${String(result)}`);
      verdicts.refused += 1;
      if (other === undefined) continue;
      const isStricter = STRICTER.test(message) || hasEqualKeys(header);
      if (!isStricter) wrong.push(`${header}\n  refused: ${message}`);
      verdicts.stricter += 1;
    } else {
      const { tensors, dataBegin } = result as Awaited<ReturnType<typeof readSafetensors>>;
      const ours = [...tensors.values()].map((t) => {
        const fields = [t.dtype, t.shape, t.begin - dataBegin, t.end - dataBegin];
        return `${t.name} ${JSON.stringify(fields)}`;
      });
      const theirs = [...(other ?? [])].map(([name, fields]) => `${name} ${fields}`);
      const isSame = ours.toSorted().join("\n") === theirs.toSorted().join("\n");
      if (read !== undefined && (other === undefined || !isSame))
        wrong.push(`${header}\n  accepted`);
      verdicts.accepted += 1;
    }
  }
  expect(wrong).toEqual([]);
  // Both verdicts must occur, or the mutations are too wild, or too tame.
  expect(verdicts.accepted).toBeGreaterThan(300);
  expect(verdicts.stricter).toBeGreaterThan(100);
  expect(verdicts.refused).toBeGreaterThan(COUNT / 2);
  expect(slowestMs).toBeLessThan(1000);
});
