import { expect, it, vi } from "vitest";
import type { Page } from "../../../demo/base/page.ts";
import { placeAsked } from "../../../demo/models/actions.ts";
import { modelNameIn } from "../../../demo/models/hub-name.ts";
import { models } from "../../../demo/models/state.ts";

const NAME = "Skywork/Skywork-VL-Reward-7B";

it.each([
  [NAME, NAME],
  [` ${NAME}/ `, NAME],
  [`${NAME}@abc123`, `${NAME}@abc123`],
  [`"${NAME}",`, NAME],
  [`https://huggingface.co/${NAME}`, NAME],
  [`https://huggingface.co/${NAME}/`, NAME],
  [`https://huggingface.co/${NAME}?library=transformers#usage`, NAME],
  [`http://www.huggingface.co/${NAME}`, NAME],
  [`huggingface.co/${NAME}`, NAME],
  [`https://hf.co/${NAME}`, NAME],
  [`hf://${NAME}`, NAME],
  [`<https://huggingface.co/${NAME}>`, NAME],
  [`https://huggingface.co/${NAME}.git`, NAME],
  [`git clone https://huggingface.co/${NAME}`, NAME],
  [`git clone git@hf.co:${NAME}`, NAME],
  [`hf download ${NAME}`, NAME],
  [`huggingface-cli download ${NAME} --revision v2 --local-dir x`, `${NAME}@v2`],
  [`https://huggingface.co/${NAME}/tree/main`, `${NAME}@main`],
  [`https://huggingface.co/${NAME}/tree/refs%2Fpr%2F3`, `${NAME}@refs/pr/3`],
  [`https://huggingface.co/${NAME}/blob/v1.0/config.json`, `${NAME}@v1.0`],
  [`https://huggingface.co/${NAME}/resolve/main/config.json?download=true`, `${NAME}@main`],
  [`https://huggingface.co/${NAME}/commit/0123abc`, `${NAME}@0123abc`],
  [`https://huggingface.co/${NAME}/discussions/7`, NAME],
  [
    `https://huggingface.co/${NAME}/tree/main/checkpoints/last`,
    `https://huggingface.co/${NAME}/resolve/main/checkpoints/last/`,
  ],
])("model name: %s → %s", (pasted, name) => {
  expect(modelNameIn(pasted)).toBe(name);
});

it.each([
  "",
  "not a name",
  "see org/name",
  "https://huggingface.co/datasets/org/name",
  "https://huggingface.co/Skywork",
  "https://example.org/models/a",
])("model name: %j, which is none of the hub → as it was written", (pasted) => {
  expect(modelNameIn(pasted)).toBe(pasted);
});

it.each([
  ["hub", { hubId: `https://huggingface.co/${NAME}/tree/main` }, `${NAME}@main`],
  ["hub", { hubId: "https://example.org/models/a/" }, "https://example.org/models/a/"],
  ["url", { url: `https://huggingface.co/${NAME}` }, NAME],
  ["url", { url: "models/a/" }, "https://page.example/demo/models/a/"],
  ["url", { url: "https://example.org/models/a/" }, "https://example.org/models/a/"],
] as const)("model form: %s, %j → %s", (place, written, from) => {
  vi.stubGlobal("document", { baseURI: "https://page.example/demo/" });
  const page = { get: () => ({ ...models.first(), place, ...written }) } as unknown as Page;
  expect(placeAsked(page)).toEqual({ from });
  vi.unstubAllGlobals();
});
