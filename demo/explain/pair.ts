/**
 * The two responses of a panel as they are explained: the one that is ahead first, so that effects
 * are shares of its lead.
 */
import { at } from "../../src/base/at.ts";
import type { Explanation, TextUnit } from "../../src/explain/types.ts";
import { explainWords } from "../language/explain.ts";
import type { Candidate, Subject } from "./state.ts";

/** Returns 1 if the row's response is the first of the pair, −1 if it is the second. */
export function signOf({ candidates, index }: Subject, other: number | undefined): 1 | -1 {
  const own = candidates[index];
  const against = other === undefined ? undefined : candidates[other];
  return own !== undefined && against !== undefined && own.value < against.value ? -1 : 1;
}

/** Returns the pair, the one that is ahead first; or the row's response alone. */
export function pairOf(subject: Subject, other: number | undefined): Candidate[] {
  const own = at(subject.candidates, subject.index);
  if (other === undefined) return [own];
  const against = at(subject.candidates, other);
  return signOf(subject, other) > 0 ? [own, against] : [against, own];
}

/** Returns where a unit is, in words. */
export function placeOf(unit: TextUnit, pair: readonly Candidate[]): string {
  const say = explainWords();
  if (unit.in === "prompt") return say.inPrompt;
  return say.inResponse(pair[unit.in === "a" ? 0 : 1]?.name ?? "");
}

/** Returns the units of the texts, strongest first. */
export function textUnits({ units }: Explanation): TextUnit[] {
  return units.filter((unit): unit is TextUnit => unit.in !== "picture");
}
