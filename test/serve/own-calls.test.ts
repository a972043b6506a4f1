/** Calls of a worker of one's own, from the client to the loaded model and back. */
import { afterEach, expect, test, vi } from "vitest";
import { InputError } from "../../src/errors.ts";
import { serveRewardModel } from "../../src/serve/index.ts";
import type { OwnCalls } from "../../src/serve/index.ts";
import { WorkerRewardModel } from "../../src/worker/index.ts";

vi.mock(import("../../src/reward-model.ts"), () => ({
  RewardModel: {
    fromPretrained: async (name: string) => {
      await Promise.resolve();
      return {
        name,
        config: { architecture: "Some" },
        dispose: async () => await Promise.resolve(),
      };
    },
  } as never,
}));

const ports: MessagePort[] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

async function loaded(calls?: OwnCalls): Promise<WorkerRewardModel> {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  serveRewardModel(port2, calls);
  return await WorkerRewardModel.fromPretrained("org/name", { worker: () => port1 });
}

const calls: OwnCalls = {
  async double({ value }: { readonly value: number }, { tell }, { name }) {
    tell({ reply: "half", value });
    await Promise.resolve();
    return { doubled: 2 * value, name };
  },
  async untilStopped(_, { signal }) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return "what was there";
  },
};

test("own calls: asked → the answer of the loaded model's worker, after what it told", async () => {
  const model = await loaded(calls);
  const told: object[] = [];
  const onReply = (reply: object): void => void told.push(reply);
  expect(await model.ask("double", { value: 21 }, { onReply })).toEqual({
    doubled: 42,
    name: "org/name",
  });
  expect(told).toEqual([expect.objectContaining({ reply: "half", value: 21 })]);
});

test("own calls: stopped → the worker's answer decides; stopped before → nothing is asked", async () => {
  const model = await loaded(calls);
  const stop = new AbortController();
  const asked = model.ask("untilStopped", undefined, { signal: stop.signal });
  await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  expect(await asked).toBe("what was there");
  const late = model.ask("untilStopped", undefined, { signal: stop.signal });
  await expect(late).rejects.toMatchObject({ name: "AbortError" });
});

test("own calls: a name that the worker has not, or an object's own → InputError with the names", async () => {
  const model = await loaded(calls);
  for (const name of ["triple", "toString"]) {
    const error: unknown = await model.ask(name, {}).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toContain(`expected double, untilStopped, got ${name}`);
  }
  const bare = await loaded();
  await expect(bare.ask("double", {})).rejects.toThrow("serveRewardModel was given none");
});
