import { describe, expect, it } from "vitest";
import { ReportJob } from "../../../demo/report/job.ts";
import type { Scorer } from "../../../demo/report/job.ts";
import type { ReportRequest } from "../../../demo/report/protocol.ts";
import { InputError } from "../../../src/errors.ts";
import type { Conversation, Score } from "../../../src/types.ts";

const judge = { model: "counts letters" };

/** Longer is better; pictures add their bytes; a response that says "refuse" is refused. */
function scorer(onScore: () => void = () => {}): Scorer & { calls: Conversation[][] } {
  const calls: Conversation[][] = [];
  return {
    calls,
    async score(conversations, { signal }) {
      signal.throwIfAborted();
      calls.push([...conversations]);
      onScore();
      return conversations.map((conversation) => scoreOf(conversation));
    },
  };
}

function scoreOf(conversation: Conversation): Score {
  const response = conversation.at(-1)?.content;
  if (typeof response !== "string" || response.includes("refuse")) {
    throw new InputError({ where: "response", what: "was refused" });
  }
  return {
    value: response.length,
    tokenIds: new Uint32Array(0),
    tokenValues: new Float32Array(0),
    response: { begin: 0, end: 0 },
    images: [],
    timesMs: { images: 0, text: 0, gpu: 0, total: 0 },
  };
}

function file(name: string, rows: readonly object[]): File {
  return new File([rows.map((row) => `${JSON.stringify(row)}\n`).join("")], name);
}

const pairs = [
  { id: "1", prompt: "a", chosen: "long answer", rejected: "short", category: "x" },
  { id: "2", prompt: "b", chosen: "no", rejected: "longer", category: "y" },
  { id: "3", prompt: "c", chosen: "same", rejected: "size", category: "y" },
];

function request(tables: readonly File[], more: Partial<ReportRequest> = {}): ReportRequest {
  return { kind: "evaluation", benchmark: "auto", tables, pictures: [], ...more };
}

const signal = new AbortController().signal;
const silent = (): void => {};

describe("report job", () => {
  it("report: three pairs, one right, one wrong, one tied → a third, and each pair", async () => {
    const done: string[] = [];
    const job = new ReportJob(scorer(), judge);
    const { report, pairs: found } = await job.run(
      request([file("pairs.jsonl", pairs)]),
      signal,
      (count, total) => done.push(`${count}/${total}`),
    );
    expect(report).toMatchObject({ kind: "evaluation", benchmark: "pairs", pairs: 3, ties: 1 });
    expect(report.kind === "evaluation" && report.metrics[0]?.value).toBeCloseTo(1 / 3, 12);
    expect(found.map(({ margin }) => margin)).toEqual([6, -4, 0]);
    expect(done).toEqual(["1/3", "2/3", "3/3"]);
  });

  it("report: a model that judges steps → the steps of each pair, and of each system's answer", async () => {
    const judges: Scorer = {
      score: (conversations) =>
        Promise.resolve(
          conversations.map((one) => ({ ...scoreOf(one), value: 0.5, stepValues: [0.5, 0.75] })),
        ),
    };
    const solved = { id: "1", prompt: "a", chosen: "b\n\nc", rejected: "d\n\ne" };
    const job = new ReportJob(judges, judge);
    const evaluated = await job.run(request([file("p.jsonl", [solved])]), signal, silent);
    const steps = (...texts: string[]): object[] =>
      texts.map((text, i) => ({ text, value: 0.5 + i / 4 }));
    const sums = { min: 0.5, product: 0.375, last: 0.75 };
    expect(evaluated.pairs[0]?.solutions).toEqual([
      { steps: steps("b", "c"), ...sums },
      { steps: steps("d", "e"), ...sums },
    ]);
    const tables = ["b\n\nc", "d\n\ne"].map((response, i) =>
      file(`${i}.jsonl`, [{ id: "1", prompt: "a", response }]),
    );
    const compared = await job.run(request(tables, { kind: "ab" }), signal, silent);
    expect(compared.pairs[0]?.solutions?.[1]).toEqual({ steps: steps("d", "e"), ...sums });
    const { report } = compared;
    expect(report.kind === "ab" && report.details[0]?.answers[0]?.solution).toEqual(
      evaluated.pairs[0]?.solutions?.[0],
    );
  });

  it("report: stopped after one row → reports it; run again → scores only the others", async () => {
    const stop = new AbortController();
    const judgeOnce = scorer(() => stop.abort());
    const job = new ReportJob(judgeOnce, judge);
    const asked = request([file("pairs.jsonl", pairs)]);
    const half = await job.run(asked, stop.signal, silent);
    expect(half).toMatchObject({ scoredRows: 1, totalRows: 3, isPartial: true });
    const whole = await job.run(asked, signal, silent);
    expect(whole).toMatchObject({ scoredRows: 3, isPartial: false });
    expect(judgeOnce.calls).toHaveLength(3);
  });

  it("report: a row that is refused → it is listed, and the others count", async () => {
    const rows = [...pairs, { id: "4", prompt: "d", chosen: "refuse", rejected: "x" }];
    const result = await new ReportJob(scorer(), judge).run(
      request([file("pairs.jsonl", rows)]),
      signal,
      silent,
    );
    expect(result.failed).toEqual([
      { where: "pairs.jsonl, row 4", reason: expect.stringContaining("was refused") as string },
    ]);
    expect(result).toMatchObject({ scoredRows: 3, isPartial: false });
  });

  it("report: a picture beside the table → it is in the conversation; a missing one → says which", async () => {
    const rows = [
      { ...pairs[0], image: "images/a.png" },
      { ...pairs[1], image: "images/b.png" },
    ];
    const picture = new File(["pixels"], "a.png", { type: "image/png" });
    const judgeOf = scorer();
    const job = new ReportJob(judgeOf, judge);
    const asked = request([file("pairs.jsonl", rows)], { pictures: [picture] });
    const { failed } = await job.run(asked, signal, silent);
    expect(failed[0]?.reason).toContain("images/b.png");
    const content = judgeOf.calls[0]?.[0]?.[0]?.content;
    expect(content).toEqual([
      { type: "image", image: picture },
      { type: "text", text: "a" },
    ]);
    expect(await job.picture(0)).toBe(picture);
    await expect(job.picture(1)).rejects.toThrow("images/b.png");
  });

  it("report: two systems, matched by id → who wins, and the rows that are in one file only", async () => {
    const a = file("a.jsonl", [
      { id: 1, prompt: "p", response: "longer", category: "x" },
      { id: 2, prompt: "q", response: "b", category: "y" },
      { id: 3, prompt: "r", response: "alone" },
    ]);
    const b = file("b.jsonl", [
      { id: 2, prompt: "q", response: "bbb" },
      { id: 1, prompt: "p", response: "short" },
    ]);
    const { report } = await new ReportJob(scorer(), judge).run(
      request([a, b], { kind: "ab" }),
      signal,
      silent,
    );
    if (report.kind !== "ab") throw new Error("not an A/B");
    expect(report.comparisons[0]).toMatchObject({ a: "a", b: "b", wins: 1, losses: 1, ties: 0 });
    expect(report.comparisons[0]?.difference.value).toBeCloseTo((1 - 2) / 2, 12);
    expect(report.notes).toEqual([
      "Left out, for they are in one of the files only: 1 of the rows.",
    ]);
  });

  it.each([
    ["fields of no benchmark", [file("x.jsonl", [{ a: 1 }])], "no benchmark has these fields"],
    ["no JSON", [new File(["hello"], "x.jsonl")], "x.jsonl"],
    [
      "rows that are all refused",
      [file("x.jsonl", [{ ...pairs[0], chosen: "refuse" }])],
      "refused",
    ],
  ])("report: %s → an input error", async (_, tables, words) => {
    const job = new ReportJob(scorer(), judge);
    const run = job.run(request(tables), signal, silent);
    await expect(run).rejects.toThrow(words);
    await expect(run).rejects.toBeInstanceOf(InputError);
    await expect(run).rejects.toThrow(/[^.]\.$/);
  });

  it("report: A/B whose prompts differ → an input error that names the row", async () => {
    const a = file("a.jsonl", [{ id: 1, prompt: "p", response: "x" }]);
    const b = file("b.jsonl", [{ id: 1, prompt: "another", response: "y" }]);
    const run = new ReportJob(scorer(), judge).run(request([a, b], { kind: "ab" }), signal, silent);
    await expect(run).rejects.toThrow("b.jsonl, row 1");
  });
});
