/**
 * The model of the last visit, if this browser keeps it: the page begins with it, without the
 * network. A note says that it is being tried: if that ends the page, the next visit does without.
 */
import { isObject } from "../../src/base/json.ts";
import { readSetting, writeSetting } from "../base/settings.ts";
import { InputError } from "../../src/errors.ts";
import { askLibrary } from "./library-line.ts";
import type { ModelChoice } from "./protocol.ts";

const NAME = "last-model";
const TRIED = "last-model-tried";

/** Returns the choice of the last visit; undefined if there is none to be had. */
export function lastModel(): ModelChoice | undefined {
  const choice = choiceIn(readSetting(NAME));
  if (choice !== undefined && readSetting(TRIED) === choice.from) {
    forgetModel();
    return undefined;
  }
  return choice;
}

/** Notes that the model of the last visit is being loaded. */
export function tryModel({ from, mustBeKept }: ModelChoice): void {
  if (mustBeKept === true && typeof from === "string") writeSetting(TRIED, from);
}

/** Remembers a model that is ready, if it is kept; else the next visit begins as the first. */
export function rememberModel({ from, keep, weights, memoryBudgetBytes }: ModelChoice): void {
  const isKept = keep && typeof from === "string";
  writeSetting(NAME, isKept ? JSON.stringify({ from, weights, memoryBudgetBytes }) : "");
  writeSetting(TRIED, "");
}

export function forgetModel(): void {
  writeSetting(NAME, "");
  writeSetting(TRIED, "");
}

/** @throws InputError if the store does not have all of the model, or of a copy of it */
export async function checkIsKept({ from }: ModelChoice): Promise<void> {
  // A browser that keeps no files has none.
  const { models } = await askLibrary("kept", {}).catch(() => ({ models: [] }));
  const isHere = models.some(
    ({ name, copyOf, isComplete }) => isComplete && (name === from || copyOf === from),
  );
  if (isHere) return;
  const where = typeof from === "string" ? from : "the last model";
  const todo = "Load it again under Models";
  throw new InputError({ where, what: "is not kept whole in this browser any more", todo });
}

/** Reads a setting that an older page, or anyone on this origin, may have written. */
function choiceIn(text: string | undefined): (ModelChoice & { from: string }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { from, weights, memoryBudgetBytes } = value;
  const isForm = weights === "stored" || weights === "q8" || weights === "q4";
  const isBudget = typeof memoryBudgetBytes === "number" && memoryBudgetBytes > 0;
  if (typeof from !== "string" || from === "" || !isForm || !isBudget) return undefined;
  return { from, weights, memoryBudgetBytes, keep: true, mustBeKept: true };
}
