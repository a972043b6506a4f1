import { describe, expect, it } from "vitest";
import { ReportJob } from "../../../demo/report/job.ts";
import type { Scorer } from "../../../demo/report/job.ts";
import type { Conversation, Score } from "../../../src/types.ts";

/** A judge that likes length, and nothing else: 1 for each character of a response. */
function lengthJudge(): Scorer & { calls: number; stopAfter: number; stop: () => void } {
  const judge = {
    calls: 0,
    stopAfter: Infinity,
    stop: () => {},
    async score(
      conversations: readonly Conversation[],
      { signal }: { signal: AbortSignal },
    ): Promise<Score[]> {
      judge.calls += 1;
      if (judge.calls > judge.stopAfter) judge.stop();
      signal.throwIfAborted();
      return await Promise.resolve(conversations.map(scoreOf));
    },
  };
  return judge;
}

function scoreOf(conversation: Conversation): Score {
  const content = conversation.at(-1)?.content;
  return {
    value: typeof content === "string" ? content.length : 0,
    tokenIds: new Uint32Array(0),
    tokenValues: new Float32Array(0),
    response: { begin: 0, end: 0 },
    images: [],
    timesMs: { images: 0, text: 0, gpu: 0, total: 0 },
  };
}

const pairs = Array.from({ length: 40 }, (_, i) => ({
  id: `${i}`,
  prompt: `Question ${i}?`,
  chosen: `Answer ${"a ".repeat(1 + (i % 7))}${i}.`,
  rejected: `Answer ${"b ".repeat(1 + (i % 5))}${i}.`,
}));
const table = new File([pairs.map((row) => `${JSON.stringify(row)}\n`).join("")], "pairs.jsonl");
const request = { kind: "evaluation", benchmark: "auto", tables: [table], pictures: [] } as const;
const never = new AbortController().signal;

describe("audit of a report", () => {
  it("audit: a judge of length alone → its edits that lengthen raise the score", async () => {
    const job = new ReportJob(lengthJudge(), { model: "length" });
    await job.run(request, never, () => {});
    const seen: [number, number][] = [];
    const report = await job.audit(never, (done, total) => seen.push([done, total]));
    expect(report).toMatchObject({
      kind: "audit",
      rows: 40,
      pairs: 40,
      judge: { model: "length" },
    });
    const [first, last] = [seen[0], seen.at(-1)];
    expect(first?.[0]).toBe(0);
    expect(last?.[0]).toBe(last?.[1]);
    const byName = new Map(report.results.map((one) => [one.name, one]));
    expect(byName.get("length")).toMatchObject({ verdict: "effect" });
    const lengthening = report.results.filter(
      ({ family, verdict, effect }) => family === "edit" && verdict === "effect" && effect > 0,
    );
    expect(lengthening.length).toBeGreaterThan(3);
    expect(report.position).toMatchObject({ rows: 40, equalBits: 40, largest: 0 });
  });

  it("audit: stopped → its reason; started again → only what is left is scored", async () => {
    const judge = lengthJudge();
    const job = new ReportJob(judge, { model: "length" });
    await job.run(request, never, () => {});
    const stop = new AbortController();
    judge.stopAfter = judge.calls + 1;
    judge.stop = () => stop.abort(new Error("stopped"));
    await expect(job.audit(stop.signal, () => {})).rejects.toThrow("stopped");
    judge.stopAfter = Infinity;
    const seen: number[] = [];
    const report = await job.audit(never, (done) => seen.push(done));
    expect(seen[0]).toBeGreaterThan(0);
    expect(report.pairs).toBe(40);
  });

  it("audit: before a report → an error that says so", async () => {
    const job = new ReportJob(lengthJudge(), { model: "length" });
    await expect(job.audit(never, () => {})).rejects.toThrow("audit: there is no report yet");
  });
});
