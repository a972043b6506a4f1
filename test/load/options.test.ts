/**
 * Options of loading, and of the other doors of the library: refused before anything is fetched or
 * asked of a GPU.
 */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { httpSource } from "../../src/files/http/http-source.ts";
import { hubSource } from "../../src/files/hub.ts";
import { checkLoadOptions } from "../../src/load/options.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import { RewardModel } from "../../src/reward-model.ts";
import { ModelStore } from "../../src/store/model-store.ts";
import { memoryDirectory } from "../../testing/store/memory-directory.ts";

const wrong: readonly Record<string, unknown>[] = [
  { weights: "int8" },
  { weights: null },
  { residency: "gpu" },
  { kernelProfile: 5 },
  { kernelMemory: {} },
  { token: { toString: () => "hf" } },
  { endpoint: 5 },
  { store: true },
  { store: {} },
  { keepQuantised: "no" },
  { memoryBudgetBytes: Number.NaN },
  { memoryBudgetBytes: 0 },
  { memoryBudgetBytes: 1 },
  { memoryBudgetBytes: -1 },
  { memoryBudgetBytes: 16 },
  { memoryBudgetBytes: Infinity },
  { memoryBudgetBytes: "6GB" },
  { memoryBudgetBytes: "6000000000" },
  { resize: "lanczos" },
  { resizeOn: "npu" },
  { signal: new AbortController() },
  { onProgress: "log" },
  { onWarning: {} },
  { gpu: "webgpu" },
  { dtype: "fp16" },
  { dtype: "auto" },
  { dtype: { vision_encoder: "q4" } },
  { device: "wasm" },
  { revision: 5 },
];

test.each(wrong)("load: %o → InputError that names it", async (options) => {
  const [name = ""] = Object.keys(options);
  const loading = RewardModel.fromPretrained("org/name", options);
  await expect(loading).rejects.toThrow(InputError);
  await expect(loading).rejects.toThrow(`${name}: expected `);
});

test.each([
  ["progress_callback", () => {}, "onProgress"],
  ["quantized", true, "weights"],
  ["cache_dir", "x", "store"],
  ["local_files_only", true, "store"],
  ["hf_token", "x", "token"],
  ["abortSignal", AbortSignal.abort(), "signal"],
  ["onWarn", () => {}, "onWarning"],
  ["memory_budget_bytes", 5, "memoryBudgetBytes"],
])(
  "load: %s, as other libraries call it → named with what serves here",
  async (name, value, meant) => {
    const options = { [name]: value } as LoadOptions;
    const words = `unknown option ${name} (did you mean ${meant}?)`;
    const loading = RewardModel.fromPretrained("org/name", options);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(`fromPretrained: ${words}`);
    const warnings: string[] = [];
    checkLoadOptions({ ...options, onWarning: (message) => void warnings.push(message) });
    expect(warnings).toEqual([`fromPretrained: ${words}`]);
  },
);

test("load: null, a text → InputError", async () => {
  for (const options of [null, "q4"]) {
    const loading = RewardModel.fromPretrained("org/name", options as never);
    await expect(loading).rejects.toThrow("fromPretrained, options: expected an object");
  }
});

test("store: names and options that are none → InputError", async () => {
  const store = await ModelStore.open({ directory: memoryDirectory(new Map()) });
  const none = 5 as unknown as string;
  for (const call of [
    () => store.has(none),
    () => store.verify(none),
    () => store.repair(none),
    () => store.delete(none),
    () => store.verify("x", { signal: {} } as never),
    () => store.repair("x", { source: {} } as never),
    () => store.delete("x", { keep: true } as never),
    () => ModelStore.open({ directory: {} } as never),
    () => ModelStore.open({ name: "a/b" }),
    () => ModelStore.open({ folder: "a" } as never),
  ]) {
    await expect(call()).rejects.toThrow(InputError);
  }
});

test.each<[string, () => unknown]>([
  ["an address that is none", () => httpSource("models/x")],
  ["a password in the address", () => httpSource("https://me:secret@host/m")],
  ["headers as Headers", () => httpSource("https://h/", { headers: new Headers() as never })],
  ["a header that is not text", () => httpSource("https://h/", { headers: { a: 1 } as never })],
  ["no tries", () => httpSource("https://h/", { retry: { tries: 0 } })],
  ["an endless pause", () => httpSource("https://h/", { retry: { firstPauseMs: Number.NaN } })],
  ["an unknown option", () => httpSource("https://h/", { timeout: 5 } as never)],
  ["an unknown option of the hub", () => hubSource("a/b", { revision: "x" } as never)],
  ["a token that is none", () => hubSource("a/b", { token: 5 } as never)],
])("sources: %s → InputError, without the secret", (_, make) => {
  expect(make).toThrow(InputError);
  expect(make).not.toThrow("secret");
});

test("canWrite: a store that can write, and stores that cannot → true or false, and nothing is left", async () => {
  const disk = new Map<string, Uint8Array>();
  const store = await ModelStore.open({ directory: memoryDirectory(disk) });
  expect(await Promise.all([store.canWrite(), store.canWrite()])).toEqual([true, true]);
  expect([...disk.keys()]).toEqual([]);
  for (const call of ["create", "write", "flush"]) {
    const before = (_: number, what: string): void => {
      if (what === call) throw new DOMException("no", "QuotaExceededError");
    };
    const failing = await ModelStore.open({ directory: memoryDirectory(disk, { before }) });
    expect(await failing.canWrite(), call).toBe(false);
    expect([...disk.keys()]).toEqual([]);
  }
});
