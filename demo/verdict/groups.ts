/**
 * What scores say in words: how far one response is ahead of the next, and which ones lie together.
 *
 * The grades are those of the chance that people prefer one: under 55 % about equal, under 75 %
 * slightly ahead, under 95 % ahead, else clearly. A clear gap parts two groups.
 */
import { isTie, preferenceProbability } from "../../src/preference/ranking.ts";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { letter } from "../base/axis.ts";
import { list } from "../base/format.ts";
import { words } from "../language/language.ts";
import type { Grade } from "../language/en/score.ts";

/** Returns how far the first score is ahead of the second, which is not larger. */
export function gradeOf(better: number, worse: number, temperature: number): Grade {
  if (isTie(better, worse)) return "tie";
  const chance = preferenceProbability(better, worse, temperature);
  if (chance < 0.55) return "equal";
  if (chance < 0.75) return "slight";
  return chance < 0.95 ? "ahead" : "clear";
}

/** Returns places, best first, parted where one is clearly ahead of the next. */
export function groupsOf(places: readonly RankedPlace[], temperature: number): RankedPlace[][] {
  const groups: RankedPlace[][] = [];
  for (const place of places) {
    const before = groups.at(-1)?.at(-1);
    if (before !== undefined && gradeOf(before.value, place.value, temperature) !== "clear") {
      groups.at(-1)?.push(place);
    } else {
      groups.push([place]);
    }
  }
  return groups;
}

/** Returns the verdict as a sentence or two. Empty for less than two responses. */
export function sentenceOf(places: readonly RankedPlace[], temperature: number): string {
  const [top = [], ...others] = groupsOf(places, temperature);
  const names = namesOf(top);
  const inside = insideOf(top, temperature);
  if (others.length === 0) return inside;
  const beaten = words().score.beats(names, top.length, namesOf(others.flat()));
  return inside === "" ? beaten : words().score.sentences(inside, beaten);
}

/** Returns how the members of a group compare. Empty for one. */
function insideOf(group: readonly RankedPlace[], temperature: number): string {
  const [best, second, ...others] = group;
  const last = group.at(-1);
  if (best === undefined || second === undefined || last === undefined) return "";
  const grade = gradeOf(best.value, second.value, temperature);
  const [a, b] = [letter(best.index), letter(second.index)];
  if (others.length === 0) return words().score.pair(a, b, grade);
  const spread = gradeOf(best.value, last.value, temperature);
  return spread === "equal" || spread === "tie"
    ? words().score.allEqual(namesOf(group))
    : words().score.closeGroup(a, b, grade, namesOf(others));
}

function namesOf(places: readonly RankedPlace[]): string {
  return list(places.map(({ index }) => letter(index)));
}
