import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  forgetModel,
  lastModel,
  rememberModel,
  tryModel,
} from "../../../demo/engine/last-model.ts";

const choice = {
  from: "org/name",
  keep: true,
  weights: "q4",
  memoryBudgetBytes: 6e9,
} as const;

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
});
afterEach(() => void vi.unstubAllGlobals());

test("last model: kept and ready → the next visit's choice, from the store alone", () => {
  expect(lastModel()).toBeUndefined();
  rememberModel({ ...choice, token: "hf_secret" });
  expect(lastModel()).toEqual({ ...choice, mustBeKept: true });
  expect(JSON.stringify(lastModel())).not.toContain("hf_secret");
});

test("last model: another one that is not kept → forgotten", () => {
  rememberModel(choice);
  rememberModel({ ...choice, keep: false });
  expect(lastModel()).toBeUndefined();
});

test("last model: it ended the page while it was opened → the visit after does without", () => {
  rememberModel(choice);
  tryModel(lastModel() ?? choice);
  expect(lastModel()).toBeUndefined();
  expect(lastModel()).toBeUndefined();
});

test("last model: opened → tried no more; forgotten → gone", () => {
  rememberModel(choice);
  tryModel(lastModel() ?? choice);
  rememberModel(choice);
  expect(lastModel()).toBeDefined();
  forgetModel();
  expect(lastModel()).toBeUndefined();
});

test.each(["{", "7", "{}", '{"from":7,"weights":"q4","memoryBudgetBytes":1}', "null"])(
  "last model: a setting that reads %s → none",
  (text) => {
    localStorage.setItem("vl-reward.last-model", text);
    expect(lastModel()).toBeUndefined();
  },
);
