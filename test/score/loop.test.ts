/** The one scoring loop: groups, halving, order, faults. */
import { expect, test } from "vitest";
import { GpuError, InputError } from "../../src/errors.ts";
import { groupLimits, inGroups, oneRowAtATime } from "../../src/score/groups.ts";
import { scoreRows, type Outcome, type ScoringLoop } from "../../src/score/loop.ts";
import type { Conversation } from "../../src/types.ts";

type Row = string;
type Score = { readonly value: number };
type Loop = ScoringLoop<Row, Score>;

const conversationOf = (row: Row): Conversation[] => [[{ role: "assistant", content: row }]];
const textOf = ([message]: Conversation): string => JSON.stringify(message?.content).slice(1, -1);

/** Rows are their own texts; one that begins with "bad" is refused, "lost" loses the GPU. */
function engine(calls: string[][]): Pick<Loop, "prepare" | "score" | "cost"> {
  return {
    cost: (row) => ({
      conversations: 1,
      pictures: row.startsWith("picture") ? 1 : 0,
      characters: row.length,
    }),
    prepare: (row) => {
      if (row.startsWith("unreadable")) throw new InputError({ where: row, what: "is unreadable" });
      return conversationOf(row);
    },
    async score(conversations) {
      const texts = conversations.map(textOf);
      calls.push(texts);
      if (texts.some((text) => text.startsWith("bad"))) {
        throw new InputError({ where: "row", what: "is refused" });
      }
      if (texts.includes("lost")) throw new GpuError({ where: "gpu", what: "was lost" });
      return texts.map((text) => ({ value: text === "NaN" ? Number.NaN : text.length }));
    },
  };
}

async function run(rows: Iterable<Row> | AsyncIterable<Row>, more: Partial<Loop> = {}) {
  const calls: string[][] = [];
  const outcomes: Outcome<Row, Score>[] = [];
  const { signal } = new AbortController();
  const take = (some: readonly Outcome<Row, Score>[]): void => void outcomes.push(...some);
  const loop = {
    rows,
    limits: groupLimits,
    callsAhead: 2,
    signal,
    take,
    ...engine(calls),
    ...more,
  };
  const failure = await scoreRows<Row, Score>(loop).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { calls, outcomes, failure, rows: outcomes.map(({ row }) => row) };
}

const numbered = (count: number): Row[] => Array.from({ length: count }, (_, i) => `row ${i}`);

test("loop: 100 rows, 3 of them bad → an outcome each, in order, in far fewer than 100 calls", async () => {
  const rows = numbered(100).map((row, i) => (i === 3 || i === 50 || i === 99 ? `bad ${i}` : row));
  const { outcomes, calls, failure } = await run(rows);
  expect(failure).toBeUndefined();
  expect(outcomes.map(({ row }) => row)).toEqual(rows);
  expect(outcomes.flatMap(({ row, ...rest }) => ("fault" in rest ? [row] : []))).toEqual([
    "bad 3",
    "bad 50",
    "bad 99",
  ]);
  expect(calls.length).toBeLessThan(45);
});

test("loop: a row that cannot be prepared → its own outcome, and no call more for the others", async () => {
  const { outcomes, calls } = await run(["a", "unreadable", "b"]);
  expect(calls).toEqual([["a", "b"]]);
  expect(outcomes.map((one) => "fault" in one)).toEqual([false, true, false]);
});

test("loop: the rows fail in mid-group → earlier rows are scored, then the error", async () => {
  function* breaking(): Generator<Row> {
    yield* numbered(20);
    throw new InputError({ where: "file", what: "cannot be read on" });
  }
  const { rows, failure } = await run(breaking());
  expect(rows).toEqual(numbered(20));
  expect(String(failure)).toContain("cannot be read on");
});

test("loop: the GPU is lost in the third group → the outcomes of the first two, then the error", async () => {
  const rows = [...numbered(5), "lost", "after"];
  const { rows: taken, failure } = await run(rows, { limits: oneRowAtATime });
  expect(taken).toEqual(numbered(5));
  expect(failure).toBeInstanceOf(GpuError);
});

test("loop: taking outcomes fails → nothing after it is taken", async () => {
  const taken: string[] = [];
  const take: Loop["take"] = (some) => {
    if (some[0]?.row === "row 2") throw new Error("disk full");
    taken.push(...some.map(({ row }) => row));
  };
  const { failure } = await run(numbered(6), { limits: oneRowAtATime, take });
  expect([String(failure), taken]).toEqual(["Error: disk full", ["row 0", "row 1"]]);
});

test.each([["NaN", "a finite score"]])(
  "loop: a score of %s → no outcome, a GpuError",
  async (row, why) => {
    const { rows, failure } = await run(["a", row], { limits: oneRowAtATime });
    expect(rows).toEqual(["a"]);
    expect(failure).toBeInstanceOf(GpuError);
    expect(String(failure)).toContain(why);
  },
);

test("loop: interrupted → the scored rows are returned, then the reason", async () => {
  const stop = new AbortController();
  const taken: string[] = [];
  const take: Loop["take"] = (some) => {
    taken.push(...some.map(({ row }) => row));
    if (taken.length === 2) stop.abort(new Error("interrupted"));
  };
  const more = { limits: oneRowAtATime, take, signal: stop.signal, callsAhead: 1 };
  const { failure } = await run(numbered(6), more);
  expect([String(failure), taken]).toEqual(["Error: interrupted", ["row 0", "row 1"]]);
});

test("groups: conversations, pictures and characters each close a group; a large row is alone", async () => {
  const limits = { conversations: { first: 3, least: 1, most: 3 }, pictures: 2, characters: 20 };
  const rows = ["a", "b", "c", "d", "picture", "picture", "picture", "x".repeat(50), "e"];
  const groups: string[][] = [];
  const { cost } = engine([]);
  for await (const group of inGroups(rows, cost, limits, () => 3)) groups.push(group);
  expect(groups.map((group) => group.length)).toEqual([3, 3, 1, 1, 1]);
  expect(groups.flat()).toEqual(rows);
});
