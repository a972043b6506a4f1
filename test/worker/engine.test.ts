/** Engines that fail: which calls are kept, run again, and refused. */
import { expect, test } from "vitest";
import { GpuError, UnsupportedError, WeightsError } from "../../src/errors.ts";
import { Engine } from "../../src/worker/engine.ts";
import type { EngineModel } from "../../src/worker/engine.ts";
import type { EngineRequests } from "../../src/worker/protocol.ts";
import { VERSION } from "../../src/version.ts";
import { serveCalls } from "../../src/worker/serve-calls.ts";
import type { CallPort } from "../../src/worker/call-line.ts";
import type { StartedEngine } from "../../src/worker/started-engine.ts";

/** What happened, in order: `start 0`, `load 1`, `run a`, `end`. */
type Journal = string[];

/** A worker in this thread. A run whose text begins with "die" ends it. */
function fakeStart(
  journal: Journal,
  options: {
    isReplaceable?: boolean;
    refuses?: (round: number) => boolean;
    /** What the worker says of itself; nothing if it is null. */
    version?: (round: number) => string | null;
  } = {},
): (round: number) => Promise<StartedEngine> {
  return async (round) => {
    await Promise.resolve();
    journal.push(`start ${round}`);
    const client = new EventTarget();
    const server = new EventTarget();
    let isDead = false;
    const send = (to: EventTarget, data: unknown): void =>
      queueMicrotask(() => !isDead && to.dispatchEvent(new MessageEvent("message", { data })));
    const port = Object.assign(client, {
      postMessage: (message: unknown) => send(server, structuredClone(message)),
    }) as unknown as CallPort;
    const own = Object.assign(server, { postMessage: (message: unknown) => send(client, message) });
    const die = (message: string): void => {
      isDead = true;
      client.dispatchEvent(Object.assign(new Event("messageerror"), { message }));
    };
    const answers = {
      load: async ({ model, from }: EngineRequests["load"]) => {
        journal.push(`load ${model}`);
        await new Promise((resolve) => setTimeout(resolve, from === "slow" ? 20 : 0));
        if (options.refuses?.(round))
          throw new WeightsError({ where: String(from), what: "is gone" });
        return { name: `${String(from)} of ${round}` };
      },
      run: async ({ args }: EngineRequests["run"]) => {
        const [text] = args as [string];
        journal.push(`run ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (text.startsWith("die") || (text.startsWith("once") && round === 0)) {
          die("crashed");
          await new Promise(() => {});
        }
        return text.toUpperCase();
      },
      dispose: async ({ model }: EngineRequests["dispose"]) => {
        journal.push(`dispose ${model}`);
        await Promise.resolve();
      },
    };
    const version = options.version === undefined ? VERSION : options.version(round);
    serveCalls<never>(own, answers, version ?? undefined);
    return { port, isReplaceable: options.isReplaceable ?? true, end: () => journal.push("end") };
  };
}

async function loaded(engine: Engine, warnings: string[] = []): Promise<EngineModel> {
  const request = { from: "org/name", options: {}, isShared: false };
  return await engine.load(request, (message) => warnings.push(message), {});
}

function run(engine: Engine, model: EngineModel, text: string, signal?: AbortSignal) {
  const rest = { method: "score" as const, options: undefined, reports: false };
  const request = { call: "run" as const, model: model.request.model, args: [text], ...rest };
  return engine.run<string>(model, request, { signal });
}

test("engine: a worker that crashes once → loaded again, and every waiting call gets its answer", async () => {
  const journal: Journal = [];
  const warnings: string[] = [];
  const engine = new Engine(fakeStart(journal), undefined);
  const model = await loaded(engine, warnings);
  const texts = ["a", "once", "b"];
  expect(await Promise.all(texts.map((text) => run(engine, model, text)))).toEqual([
    "A",
    "ONCE",
    "B",
  ]);
  expect(model.facts).toEqual({ name: "org/name of 1" });
  expect(warnings).toHaveLength(1);
  expect(journal.filter((line) => /start|load|end/.test(line))).toEqual([
    "start 0",
    "load 1",
    "end",
    "start 1",
    "load 1",
  ]);
});

test("engine: a call that crashes every worker → refused after two, and the others get their answers", async () => {
  const journal: Journal = [];
  const engine = new Engine(fakeStart(journal), undefined);
  const model = await loaded(engine);
  const texts = ["a", "die", "b", "c"];
  const answers = await Promise.all(
    texts.map((text) => run(engine, model, text).catch((error: unknown) => error)),
  );
  expect(answers).toEqual(["A", expect.any(GpuError), "B", "C"]);
  expect(journal.filter((line) => line === "run die")).toHaveLength(2);
  // Later calls run as before.
  expect(await run(engine, model, "d")).toBe("D");
});

test("engine: an aborted call → rejected immediately, not run again", async () => {
  const journal: Journal = [];
  const engine = new Engine(fakeStart(journal), undefined);
  const model = await loaded(engine);
  const abort = new AbortController();
  const call = run(engine, model, "die slowly", abort.signal);
  await new Promise((resolve) => setTimeout(resolve, 2));
  abort.abort("enough");
  await expect(call).rejects.toBe("enough");
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(await run(engine, model, "a")).toBe("A");
  expect(journal.filter((line) => line === "run die slowly")).toHaveLength(1);
});

test("engine: the model is gone when the worker is started again → its error; the next call tries again", async () => {
  const journal: Journal = [];
  const engine = new Engine(fakeStart(journal, { refuses: (round) => round === 1 }), undefined);
  const model = await loaded(engine);
  const lost = await run(engine, model, "once").catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(WeightsError);
  expect(journal.filter((line) => line === "load 1")).toHaveLength(2);
});

test("engine: a worker of the caller's own → its calls fail with advice, later ones too", async () => {
  const engine = new Engine(fakeStart([], { isReplaceable: false }), undefined);
  const model = await loaded(engine);
  for (const text of ["die", "a"]) {
    const error: unknown = await run(engine, model, text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GpuError);
    expect((error as GpuError).todo).toContain("function");
  }
});

test("engine: two models → the worker ends with the last; one that cannot start → UnsupportedError", async () => {
  const journal: Journal = [];
  const engine = new Engine(fakeStart(journal), undefined);
  const models = [await loaded(engine), await loaded(engine)];
  expect(journal).toEqual(["start 0", "load 1", "load 2"]);
  await engine.dispose(models[0]!);
  expect(journal).not.toContain("end");
  await engine.dispose(models[1]!);
  expect(journal.at(-1)).toBe("end");
  await expect(run(engine, models[0]!, "a")).rejects.toThrow(/disposed of/);
  const none = new Engine(async () => {
    await Promise.resolve();
    throw new UnsupportedError({ where: "worker", what: "may not start" });
  }, undefined);
  await expect(loaded(none)).rejects.toBeInstanceOf(UnsupportedError);
});

test("engine: a load that is aborted → rejected immediately, and its worker ended once it has answered", async () => {
  const journal: Journal = [];
  const engine = new Engine(fakeStart(journal), undefined);
  const stop = new AbortController();
  const request = { from: "slow", options: {}, isShared: false };
  const loading = engine.load(request, () => {}, { signal: stop.signal });
  await expect.poll(() => journal, { interval: 1 }).toEqual(["start 0", "load 1"]);
  stop.abort();
  await expect(loading).rejects.toMatchObject({ name: "AbortError" });
  expect(journal).toHaveLength(2);
  await expect.poll(() => journal.at(-1)).toBe("end");
});

test("engine: a worker that crashes with its model → loaded again before anyone asks", async () => {
  const journal: Journal = [];
  const engine = new Engine(fakeStart(journal), undefined);
  const model = await loaded(engine);
  await run(engine, model, "die").catch(() => {});
  await expect.poll(() => journal.slice(-3)).toEqual(["end", "start 2", "load 1"]);
});

test("engine: an aborted call that waits for the answer → the answer decides", async () => {
  const engine = new Engine(fakeStart([]), undefined);
  const model = await loaded(engine);
  const stop = new AbortController();
  const request = { call: "run", model: 1, method: "score", args: ["part"] } as const;
  const asked = engine.run(
    model,
    { ...request, options: undefined, reports: false },
    { signal: stop.signal, waitsForAnswer: true },
  );
  await new Promise((resolve) => setTimeout(resolve, 1));
  stop.abort();
  expect(await asked).toBe("PART");
});

test("a script that cannot be fetched → UnsupportedError that names its address", async () => {
  const engine = new Engine(async () => {
    await Promise.resolve();
    const port = Object.assign(new EventTarget(), {
      // A worker whose script is not there says so by an event without a message.
      postMessage: () => queueMicrotask(() => port.dispatchEvent(new Event("error"))),
    }) as unknown as CallPort & EventTarget;
    const address = "https://page.example/.vite/engine-worker.js";
    return { port, isReplaceable: true, address, end: () => {} };
  }, undefined);
  const loading = engine.load({ from: "./model/", options: {}, isShared: false }, () => {}, {});
  await expect(loading).rejects.toThrow(UnsupportedError);
  await expect(loading).rejects.toThrow(
    /^worker: the worker could not be started, got https:\/\/page\.example\/\.vite\/engine-worker\.js\. Check/,
  );
});

test.each([
  ["an older one", "0.0.9", "0.0.9"],
  ["a newer one", "12.0.0", "12.0.0"],
  ["one from before greetings had versions", null, "none"],
])(
  "engine: a worker's script of another version, %s → UnsupportedError that names both, no try in a new worker; the next call asks again",
  async (_, version, named) => {
    const journal: Journal = [];
    const said = (round: number): string | null => (round === 0 ? version : VERSION);
    const engine = new Engine(fakeStart(journal, { version: said }), undefined);
    const refused: unknown = await loaded(engine).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnsupportedError);
    expect(refused).toMatchObject({ where: "worker", expected: VERSION, got: named });
    expect((refused as Error).message).toContain(`engine-worker.js?v=${VERSION}`);
    expect(journal.filter((line) => !line.startsWith("load"))).toEqual(["start 0", "end"]);
    // The cache was cleared meanwhile.
    expect((await loaded(engine)).facts).toEqual({ name: "org/name of 1" });
  },
);

test("engine: a worker of the caller's own, of another version → refused, its load stopped, the worker left alone", async () => {
  const journal: Journal = [];
  const engine = new Engine(
    fakeStart(journal, { isReplaceable: false, version: () => "9.9.9" }),
    1,
  );
  await expect(loaded(engine)).rejects.toThrow(/another version: expected \S+, got 9\.9\.9/);
  await expect(loaded(engine)).rejects.toBeInstanceOf(UnsupportedError);
  expect(journal.filter((line) => !line.startsWith("load"))).toEqual(["start 0"]);
});
