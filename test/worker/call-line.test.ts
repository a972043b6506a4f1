/** Calls over two ports in one thread, and over a port whose other end never answers. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GpuError, InputError, RewardError } from "../../src/errors.ts";
import { ABORT_SILENCE_MS, CallLine, LineClosed } from "../../src/worker/call-line.ts";
import type { CallPort } from "../../src/worker/call-line.ts";
import { serveCalls } from "../../src/worker/serve-calls.ts";
import { fromWire, toWire } from "../../src/worker/wire-error.ts";

type Reply = { readonly reply: "done"; readonly done: number };

/** A line to answers in this thread, through real ports. */
function lineTo(answers: Parameters<typeof serveCalls<Reply>>[1]): {
  line: CallLine;
  end(): void;
} {
  const { port1, port2 } = new MessageChannel();
  serveCalls<Reply>(port2, answers);
  const line = new CallLine(port1);
  return { line, end: () => (port1.close(), port2.close()) };
}

test("call line: results, reports and errors → each to its own call", async () => {
  const { line, end } = lineTo({
    add: async ({ a, b }: { a: number; b: number }, { tell }) => {
      tell({ reply: "done", done: a });
      return await Promise.resolve(a + b);
    },
    fail: async () => await Promise.reject(new InputError({ where: "picture", what: "is none" })),
    odd: async () => await Promise.reject(new RangeError("out")),
    unsendable: async () => await Promise.resolve(() => 1),
  });
  const done: number[] = [];
  const onReply = (reply: Reply): number => done.push(reply.done);
  const add = { call: "add", a: 1, b: 2 };
  expect(await line.call<number, Reply>(add, { onReply })).toBe(3);
  expect(done).toEqual([1]);
  const error: unknown = await line.call({ call: "fail" }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ code: "input", where: "picture", what: "is none" });
  await expect(line.call({ call: "odd" })).rejects.toMatchObject({ name: "RangeError" });
  await expect(line.call({ call: "unsendable" })).rejects.toThrow(/could not be cloned/);
  expect(line.waiting).toBe(0);
  end();
});

test("call line: what cannot be sent → rejected here, and nothing waits", async () => {
  const { line, end } = lineTo({});
  const call = { call: "add", a: () => 1 };
  await expect(line.call(call)).rejects.toMatchObject({ name: "DataCloneError" });
  expect(line.waiting).toBe(0);
  end();
});

test("call line: an abort → the answer sees it, and its word decides", async () => {
  const { line, end } = lineTo({
    wait: async (_, { signal }) =>
      await new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        setTimeout(resolve, 5000);
      }),
  });
  const abort = new AbortController();
  const call = line.call({ call: "wait" }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 10);
  await expect(call).rejects.toMatchObject({ name: "AbortError" });
  const late = line.call({ call: "wait" }, { signal: AbortSignal.abort("before") });
  await expect(late).rejects.toBe("before");
  end();
});

test("errors: over the wire and back → class, code, fields, cause; platform errors their name", () => {
  const cause = new InputError({ where: "a", expected: "b", got: "c" });
  const error = new GpuError({ where: "GPU", what: "was lost", todo: "Load it again", cause });
  const back = fromWire(structuredClone(toWire(error)));
  expect(back).toBeInstanceOf(GpuError);
  expect((back as RewardError).toJSON()).toEqual(error.toJSON());
  expect(back.cause).toBeInstanceOf(InputError);
  const quota = fromWire(toWire(new DOMException("full", "QuotaExceededError")));
  expect(quota).toMatchObject({ name: "QuotaExceededError", message: "full" });
  expect(fromWire(toWire("text"))).toMatchObject({ message: "text" });
});

describe("a worker that does not answer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A port whose other end is the test. */
  function silentPort(): {
    port: CallPort;
    sent: { call: string }[];
    say(data: object): void;
    fail(message: string): void;
  } {
    const target = new EventTarget();
    const sent: { call: string }[] = [];
    const port = Object.assign(target, {
      postMessage: (message: unknown) => void sent.push(message as { call: string }),
    });
    return {
      port,
      sent,
      say: (data) => target.dispatchEvent(new MessageEvent("message", { data })),
      fail: (message) => target.dispatchEvent(Object.assign(new Event("error"), { message })),
    };
  }

  test("call line: it has spoken, then is silent while a call waits → dead after the silence, and asked before", async () => {
    const { port, sent, say } = silentPort();
    const deaths: string[] = [];
    const line = new CallLine(port, {
      silenceMs: 20_000,
      onDeath: ({ kind }) => deaths.push(kind),
    });
    say({ id: 0, reply: "hello" });
    const call = line.call({ call: "x" });
    const failed = expect(call).rejects.toBeInstanceOf(LineClosed);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(deaths).toEqual([]);
    expect(sent.filter((one) => one.call === "ping").length).toBeGreaterThan(2);
    await vi.advanceTimersByTimeAsync(5000);
    await failed;
    expect(deaths).toEqual(["silent"]);
    await expect(line.call({ call: "y" })).rejects.toBeInstanceOf(LineClosed);
  });

  test("call line: no call waits, or it answers each question → alive after an hour", async () => {
    const { port, sent, say } = silentPort();
    const line = new CallLine(port, { silenceMs: 10_000 });
    say({ id: 0, reply: "hello" });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(sent).toEqual([]);
    const call = line.call<string, never>({ call: "x" });
    for (let i = 0; i < 100; i += 1) {
      await vi.advanceTimersByTimeAsync(5000);
      say({ id: 0, reply: "pong" });
    }
    say({ id: 1, reply: "result", result: "late" });
    expect(await call).toBe("late");
  });

  test("call line: a script that takes minutes to arrive → not dead", async () => {
    const { port, say } = silentPort();
    const line = new CallLine(port, { silenceMs: 10_000 });
    const call = line.call<number, never>({ call: "x" });
    await vi.advanceTimersByTimeAsync(600_000);
    say({ id: 1, reply: "result", result: 1 });
    expect(await call).toBe(1);
  });

  test("call line: no word of a script for a quarter of an hour → it never started", async () => {
    const { port } = silentPort();
    const line = new CallLine(port, { silenceMs: 10_000 });
    const failed = expect(line.call({ call: "x" })).rejects.toMatchObject({
      death: { kind: "start", message: expect.stringMatching(/never answered as an engine/) },
    });
    await vi.advanceTimersByTimeAsync(905_000);
    await failed;
  });

  test("call line: a worker that says other things, and nothing of an engine → it never started, after the silence", async () => {
    const { port, say } = silentPort();
    const news: unknown[] = [];
    const line = new CallLine(port, { silenceMs: 20_000, onNews: (one) => news.push(one) });
    for (const other of ["ready", null, 7, {}, [], { id: 1 }, { id: 1, reply: 5 }]) {
      say(other as never);
    }
    const failed = expect(line.call({ call: "x" })).rejects.toMatchObject({
      death: { kind: "start" },
    });
    for (let i = 0; i < 5; i += 1) {
      await vi.advanceTimersByTimeAsync(5000);
      say({ type: "progress" });
    }
    await failed;
    expect(news).toEqual([]);
  });

  test("call line: a worker that may have run before, and is silent → silent, for another can take its place", async () => {
    const { port } = silentPort();
    const line = new CallLine(port, { silenceMs: 20_000, isStarted: true });
    const failed = expect(line.call({ call: "x" })).rejects.toMatchObject({
      death: { kind: "silent" },
    });
    await vi.advanceTimersByTimeAsync(30_000);
    await failed;
  });

  test.each([
    ["the same", "1.2.3", undefined],
    ["an older one", "1.2.2", "1.2.2"],
    ["a newer one", "1.3.0", "1.3.0"],
    ["none", undefined, "none"],
  ])("call line: a version is wanted, the worker has %s → %s", async (_, version, refused) => {
    const { port, sent, say } = silentPort();
    const line = new CallLine(port, { version: "1.2.3" });
    // Asked before all else, so the answer comes before any number.
    expect(sent).toMatchObject([{ call: "ping" }]);
    const call = line.call<number, never>({ call: "x" });
    const settled = call.catch((error: unknown) => error);
    say({ id: 0, reply: "pong", version });
    say({ id: 1, reply: "result", result: 1 });
    if (refused === undefined) expect(await settled).toBe(1);
    else {
      expect(await settled).toMatchObject({ death: { kind: "version", version: refused } });
      expect(sent.at(-1)).toEqual({ id: 1, call: "abort" });
    }
  });

  test("call line: an aborted call and no word → dead soon, and before the general silence", async () => {
    const { port } = silentPort();
    const abort = new AbortController();
    const line = new CallLine(port, { silenceMs: 3_600_000 });
    const call = line.call({ call: "x" }, { signal: abort.signal });
    const failed = expect(call).rejects.toMatchObject({ death: { kind: "silent" } });
    abort.abort();
    await vi.advanceTimersByTimeAsync(ABORT_SILENCE_MS);
    await failed;
  });

  test("call line: an error before the first word → it never started; after it → only if it is silent", async () => {
    const first = silentPort();
    const never = new CallLine(first.port).call({ call: "x" });
    first.fail("no script");
    await expect(never).rejects.toMatchObject({ death: { kind: "start", message: "no script" } });

    const second = silentPort();
    const line = new CallLine(second.port);
    second.say({ id: 0, reply: "hello" });
    const alive = line.call<number, never>({ call: "x" });
    second.fail("of another script");
    second.say({ id: 0, reply: "pong" });
    await vi.advanceTimersByTimeAsync(30_000);
    second.say({ id: 0, reply: "pong" });
    second.say({ id: 1, reply: "result", result: 7 });
    expect(await alive).toBe(7);
    const lost = line.call({ call: "x" });
    const failed = expect(lost).rejects.toMatchObject({ death: { message: "out of memory" } });
    second.fail("out of memory");
    await vi.advanceTimersByTimeAsync(15_000);
    await failed;
  });
});
