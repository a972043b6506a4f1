/** A session's votes: sides, undoing, numbers, and the rows that are saved. */
import { expect, test } from "vitest";
import { labelRows, type LabelPair } from "../../src/label/label-rows.ts";
import { readLabel } from "../../src/label/labels.ts";
import { planRound, type Task } from "../../src/label/order.ts";
import {
  answerOf,
  currentTask,
  restorePlan,
  sessionNumbers,
  sideOf,
  type Answer,
  type Vote,
} from "../../src/label/session.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";

const vote = (answer: Answer, more: Partial<Vote> = {}): Vote => ({
  answer,
  seconds: 2,
  time: "2026-11-29T06:00:00.000Z",
  isFlagged: false,
  note: "",
  ...more,
});
const task = (pair: number, how: Task["how"] = "random", isSwapped = false): Task => {
  return { pair, how, probability: 0.5, isSwapped };
};

test("session: sides that are swapped → answers in the pair's own order, and back", () => {
  for (const isSwapped of [false, true]) {
    const shown = task(0, "random", isSwapped);
    for (const side of ["left", "right", "tie", "both-bad", "skip"] as const) {
      expect(sideOf(answerOf(side, shown), shown)).toBe(side);
    }
    expect(answerOf("left", shown)).toBe(isSwapped ? "b" : "a");
  }
});

test("session: a vote, and the vote taken back → the next task, the same task again", () => {
  const plan = planRound({ prompts: ["p", "q", "r"], seed: 1, plan: [] });
  const votes = [vote("a")];
  expect(currentTask({ plan, votes })).toBe(plan[1]);
  expect(currentTask({ plan, votes: votes.slice(0, -1) })).toBe(plan[0]);
  expect(currentTask({ plan, votes: plan.map(() => vote("b")) })).toBeUndefined();
});

test("session: read again → the plan as it was; after a crash, without what was shown since", () => {
  const plan = planRound({
    prompts: Array.from({ length: 12 }, (_, i) => `p${i}`),
    seed: 1,
    plan: [],
  });
  expect(restorePlan(plan, [])).toEqual(plan);
  expect(restorePlan(plan, plan.slice(0, 11))).toEqual(plan);
  const other = [...plan.slice(0, 10), task(plan[12]!.pair)];
  expect(restorePlan(plan, other)).toEqual([...other, plan[11]]);
});

test("session: numbers → the model on the random part alone, oneself on repeats, skips apart", () => {
  const plan = [
    task(0),
    task(1),
    task(2, "teaching"),
    task(3),
    task(4),
    task(0, "repeat"),
    task(1, "repeat"),
  ];
  const votes = [
    vote("a"),
    vote("b"),
    vote("a"),
    vote("skip"),
    vote("tie", { isFlagged: true }),
    vote("a", { seconds: 4 }),
    vote("a"),
  ];
  const numbers = sessionNumbers({ plan, votes }, [1, 2, -3, -4, 5]);
  expect(numbers).toMatchObject({ done: 7, labels: 6, skipped: 1, flagged: 1, perMinute: 30 });
  // Pair 0 agrees, pair 1 does not, 2 was chosen, 3 skipped, 4 is a tie: it counts for κ only.
  expect(numbers.model).toMatchObject({ count: 2, equal: 1, share: 0.5 });
  expect(numbers.self).toMatchObject({ count: 2, equal: 1, share: 0.5 });
  const none = sessionNumbers({ plan, votes: votes.slice(0, 2) }, []);
  expect([none.model, none.self, none.perMinute]).toEqual([undefined, undefined, undefined]);
});

test("session: rows → every command reads them, with who, how and what the model said", () => {
  const pair = (id: string): LabelPair => ({
    id,
    messages: [
      {
        role: "user",
        content: [
          { type: "image", image: `${id}.png` },
          { type: "text", text: "Which?" },
        ],
      },
    ],
    responses: [
      [{ role: "assistant", content: `first of ${id}` }],
      [{ role: "assistant", content: "second" }],
    ],
    group: "colours",
  });
  const session = {
    plan: [task(0, "random", true), task(1), task(1, "repeat", true)],
    votes: [vote("b", { isFlagged: true, note: "odd" }), vote("skip"), vote("both-bad")],
  };
  const scores = [
    { model: "m", revision: "r", head: "mine.safetensors", scores: [1.5, 0.5] as const },
  ];
  const rows = labelRows(session, [pair("x"), pair("y")], { rater: "eva", seed: 5 }, scores);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    id: "x",
    responses: ["first of x", "second"],
    label: "b",
    sides: "ba",
    flagged: true,
    note: "odd",
    model: "m",
    head: "mine.safetensors",
    scores: [1.5, 0.5],
    seed: 5,
    seconds: 2,
  });
  const unused = new UnusedFields();
  const read = rows.map((row) => readLabel({ ...row }, "file, line 1", unused));
  expect(unused.warnings("file")).toEqual([]);
  expect(read[0]).toMatchObject({ label: "b", rater: "eva", probability: 0.5, isRandom: true });
  expect(read[1]).toMatchObject({ label: "both-bad", isRandom: false, isRepeat: true });
  expect(read[0]!.group).toBe("colours");
});

test("labels: random that is a text → an error that names it", () => {
  const row = { id: 1, prompt: "p", responses: ["a", "b"], label: "a", random: "yes" };
  expect(() => readLabel(row, "line 1", new UnusedFields())).toThrow(
    "line 1, random: expected true or false, got a string",
  );
});
