/** Words of transformers.js: taken where they mean the same, refused where they do not. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { inOwnWords } from "../../src/load/aliases.ts";
import { inspectModel } from "../../src/load/inspect.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import { RewardModel } from "../../src/reward-model.ts";

test.each<[LoadOptions, LoadOptions]>([
  [{}, {}],
  [{ weights: "q4" }, { weights: "q4" }],
  [{ dtype: "q4" }, { weights: "q4" }],
  [{ dtype: "q8", device: "webgpu" }, { weights: "q8" }],
  [
    { dtype: "fp32", token: "t" },
    { weights: "stored", token: "t" },
  ],
  [{ dtype: "q4", weights: "q4" }, { weights: "q4" }],
])("%o → %o", (options, own) => {
  expect(inOwnWords("org/name", options)).toEqual({ from: "org/name", options: own });
});

test.each([
  ["org/name", "v1", "org/name@v1"],
  ["org/name@v1", "v1", "org/name@v1"],
  ["org/name", "refs/pr/3", "org/name@refs/pr/3"],
])("%s with the revision %s → %s", (from, revision, name) => {
  expect(inOwnWords(from, { revision }).from).toBe(name);
});

test.each<[unknown, LoadOptions, string]>([
  [
    "org/name",
    { dtype: "q4", weights: "stored" },
    'dtype: expected nothing beside weights: "stored"',
  ],
  ["org/name@main", { revision: "v1" }, "revision: expected that of org/name@main, got v1"],
  ["./folder/", { revision: "v1" }, "revision: expected a model of the hub"],
  ["https://host/model/", { revision: "v1" }, "revision: expected a model of the hub"],
  [new URL("https://host/model/"), { revision: "v1" }, "revision: expected a model of the hub"],
  [[new File([], "config.json")], { revision: "v1" }, "revision: expected a model of the hub"],
])("%s, %o → InputError: %s", async (from, options, message) => {
  const loading = RewardModel.fromPretrained(from as never, options);
  await expect(loading).rejects.toThrow(InputError);
  await expect(loading).rejects.toThrow(message);
});

test("inspectModel: a revision → of the hub alone, too", async () => {
  const asked = inspectModel("./folder/", { revision: "v1" });
  await expect(asked).rejects.toThrow("revision: expected a model of the hub");
});
