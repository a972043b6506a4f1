/**
 * All scores as dots on one axis, letters inside, groups on a common ground. Dots that would lie on
 * each other are set in a second row and so on. The rows below say the same in numbers.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { styleMap } from "lit/directives/style-map.js";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { letter, percentOn } from "../base/axis.ts";
import type { Axis } from "../base/axis.ts";
import { tick } from "../base/format.ts";
import { words } from "../language/language.ts";

/**
 * How far apart two dots of one row are at least, in percent of the strip: on a phone, and else.
 */
const NARROW_DOT = 10;
const WIDE_DOT = 4;

export function strip(
  axis: Axis,
  groups: readonly (readonly RankedPlace[])[],
  isRanked: boolean,
): TemplateResult {
  const places = groups.flat();
  const lefts = places.map(({ value }) => percentOn(axis, value));
  const [wide, narrow] = [lanesOf(lefts, WIDE_DOT), lanesOf(lefts, NARROW_DOT)];
  const height = { "--wide": rowsOf(wide), "--narrow": rowsOf(narrow) };
  const [top = []] = groups;
  return html`
    <div class="strip" role="img" aria-label=${words().score.stripLabel} style=${styleMap(height)}>
      ${isRanked ? groups.map((group) => ground(axis, group)) : nothing}
      ${places.map((place, at) => {
        const left = `${percentOn(axis, place.value)}%`;
        const isTop = isRanked && top.includes(place);
        return html`<span
          class="dot"
          ?data-top=${isTop}
          style=${styleMap({ left, "--wide": String(wide[at]), "--narrow": String(narrow[at]) })}
          >${letter(place.index)}</span
        >`;
      })}
    </div>
    ${ticks(axis)}
  `;
}

function ground(axis: Axis, group: readonly RankedPlace[]): TemplateResult {
  const all = group.map(({ value }) => percentOn(axis, value));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return html`<i
    class="ground"
    style=${styleMap({ left: `${low}%`, width: `${high - low}%` })}
  ></i>`;
}

function ticks(axis: Axis): TemplateResult {
  return html`
    <div class="axis" aria-hidden="true">
      ${axis.ticks.map(
        (at) =>
          html`<span style=${styleMap({ left: `${percentOn(axis, at)}%` })}>${tick(at)}</span>`,
      )}
    </div>
  `;
}

/** Returns how many rows of dots there are, as CSS takes it. */
function rowsOf(lanes: readonly number[]): string {
  return String(Math.max(1, ...lanes.map((lane) => lane + 1)));
}

/** Returns the row of each dot, by its place from left to right: the first one with room. */
function lanesOf(lefts: readonly number[], dotWidth: number): number[] {
  const ends: number[] = [];
  const lanes: number[] = [];
  const order = lefts.map((left, at) => ({ left, at })).toSorted((a, b) => a.left - b.left);
  for (const { left, at } of order) {
    const free = ends.findIndex((end) => left - end >= dotWidth);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = left;
    lanes[at] = lane;
  }
  return lanes;
}
