import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EngineClient, SILENCE_MS } from "../../../demo/engine/client.ts";
import type { WorkerPort } from "../../../demo/engine/client.ts";
import type { Call, Reply } from "../../../demo/engine/protocol.ts";

/** Returns a worker that records its messages and replies as the test decides. */
function fakeWorker(): { port: WorkerPort; calls: Call[]; reply(reply: Reply): void; die(): void } {
  const target = new EventTarget();
  const calls: Call[] = [];
  const port = Object.assign(target, {
    postMessage: (call: Call) => void calls.push(call),
    terminate: () => {},
  }) as unknown as WorkerPort;
  return {
    port,
    calls,
    reply: (data) => target.dispatchEvent(new MessageEvent("message", { data })),
    die: () => target.dispatchEvent(Object.assign(new Event("error"), { message: "no script" })),
  };
}

const adapter = { name: "some adapter", software: false };
const kernels = {
  profile: "shared",
  matmul: "shared",
  matmulQuantised: "shared",
  attention: "workgroup",
  chosen: "timed",
} as const;
const loadedModel = {
  name: "./model/",
  adapter,
  kernels,
  architecture: "Some",
  hasVision: true,
  ranksImages: false,
  form: "stored",
  head: "value head",
  maxTokens: 4096,
} as const;
const choice = {
  from: "./model/",
  keep: false,
  weights: "stored",
  memoryBudgetBytes: 1e9,
} as const;

describe("engine client", () => {
  it("engine client: progress, a result, a warning of the model later → all reach the caller", async () => {
    const { port, calls, reply } = fakeWorker();
    const seen: string[] = [];
    const loaded = new EngineClient(port).call(
      "load",
      { choice },
      {
        onProgress: ({ stage }) => seen.push(stage),
        onWarning: (message) => seen.push(message),
        onDone: (done, total) => seen.push(`${done} of ${total}`),
      },
    );
    expect(calls).toEqual([{ id: 1, call: "load", choice }]);
    const progress = { stage: "upload", loadedBytes: 1, totalBytes: 2, bytesPerSecond: 1 } as const;
    reply({ id: 1, reply: "progress", progress: { ...progress, secondsLeft: 1, overall: 0.5 } });
    reply({ id: 1, reply: "warning", message: "slow" });
    reply({ id: 1, reply: "done", done: 3, total: 8 });
    reply({ id: 1, reply: "result", result: loadedModel });
    await expect(loaded).resolves.toEqual(loadedModel);
    reply({ id: 1, reply: "warning", message: "the model was loaded again" });
    expect(seen).toEqual(["upload", "slow", "3 of 8", "the model was loaded again"]);
  });

  it("engine client: two calls answered in the other order → each gets its own", async () => {
    const { port, reply } = fakeWorker();
    const client = new EngineClient(port);
    const first = client.call("score", { conversations: [] });
    const second = client.call("load", { choice });
    reply({ id: 2, reply: "result", result: loadedModel });
    reply({ id: 1, reply: "result", result: [] });
    expect(await Promise.all([first, second])).toEqual([[], loadedModel]);
  });

  it("engine client: an error → its class arrives as the code", async () => {
    const { port, reply } = fakeWorker();
    const scored = new EngineClient(port).call("score", { conversations: [] });
    reply({ id: 1, reply: "error", fault: { code: "input", message: "image: empty." } });
    await expect(scored).rejects.toMatchObject({ code: "input", message: "image: empty." });
  });

  it("engine client: an aborted signal → an abort message, and the worker's word decides", async () => {
    const { port, calls, reply } = fakeWorker();
    const abort = new AbortController();
    const scored = new EngineClient(port).call(
      "score",
      { conversations: [] },
      { signal: abort.signal },
    );
    abort.abort();
    expect(calls.at(-1)).toEqual({ id: 1, call: "abort" });
    reply({ id: 1, reply: "error", fault: { code: "aborted", message: "stopped" } });
    await expect(scored).rejects.toMatchObject({ code: "aborted" });
  });

  it("engine client: news that arrives after an abort → dropped, the caller has moved on", async () => {
    const { port, reply } = fakeWorker();
    const abort = new AbortController();
    const seen: string[] = [];
    const loaded = new EngineClient(port).call(
      "load",
      { choice },
      {
        signal: abort.signal,
        onProgress: ({ stage }) => seen.push(stage),
        onWarning: (message) => seen.push(message),
        onDone: (done, total) => seen.push(`${done} of ${total}`),
      },
    );
    const progress = {
      stage: "download",
      loadedBytes: 1,
      totalBytes: 2,
      bytesPerSecond: 1,
    } as const;
    reply({ id: 1, reply: "progress", progress: { ...progress, secondsLeft: 1, overall: 0.5 } });
    abort.abort();
    reply({ id: 1, reply: "progress", progress: { ...progress, secondsLeft: 0, overall: 0.5 } });
    reply({ id: 1, reply: "warning", message: "slow" });
    reply({ id: 1, reply: "done", done: 3, total: 8 });
    reply({ id: 1, reply: "error", fault: { code: "aborted", message: "stopped" } });
    await expect(loaded).rejects.toMatchObject({ code: "aborted" });
    expect(seen).toEqual(["download"]);
  });

  it("engine client: a signal aborted before the call → nothing is sent", async () => {
    const { port, calls } = fakeWorker();
    const scored = new EngineClient(port).call(
      "score",
      { conversations: [] },
      { signal: AbortSignal.abort() },
    );
    await expect(scored).rejects.toMatchObject({ code: "aborted" });
    expect(calls).toEqual([]);
  });

  it("engine client: a worker that dies → every waiting call fails", async () => {
    const { port, die } = fakeWorker();
    const client = new EngineClient(port);
    const calls = [client.call("load", { choice }), client.call("score", { conversations: [] })];
    die();
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: "defect", message: "no script" });
    }
  });

  it("engine client: destroyed while a call waits → the call fails as aborted", async () => {
    const client = new EngineClient(fakeWorker().port);
    const loaded = client.call("load", { choice });
    client.destroy();
    await expect(loaded).rejects.toMatchObject({ code: "aborted" });
  });

  describe("a worker that is asked to stop", () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it("engine client: silent → ended, the call fails as aborted, `onHang` is called", async () => {
      const { port } = fakeWorker();
      const terminate = vi.spyOn(port, "terminate");
      const onHang = vi.fn();
      const stop = new AbortController();
      const call = new EngineClient(port, onHang).call("load", { choice }, { signal: stop.signal });
      const failed = expect(call).rejects.toMatchObject({ code: "aborted" });
      stop.abort();
      await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
      expect(terminate).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await failed;
      expect(terminate).toHaveBeenCalledOnce();
      expect(onHang).toHaveBeenCalledOnce();
    });

    it("engine client: it speaks, or has stopped → not ended", async () => {
      const { port, reply } = fakeWorker();
      const terminate = vi.spyOn(port, "terminate");
      const stop = new AbortController();
      const client = new EngineClient(port);
      const call = client.call("load", { choice }, { signal: stop.signal });
      const failed = expect(call).rejects.toMatchObject({ code: "aborted" });
      stop.abort();
      for (let i = 0; i < 3; i += 1) {
        await vi.advanceTimersByTimeAsync(SILENCE_MS - 10);
        reply({ id: 1, reply: "done", done: i, total: 9 });
      }
      reply({ id: 1, reply: "error", fault: { code: "aborted", message: "stopped" } });
      await failed;
      await vi.advanceTimersByTimeAsync(10 * SILENCE_MS);
      expect(terminate).not.toHaveBeenCalled();
    });
  });
});
