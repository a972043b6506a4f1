// Tested by: test/evaluate/solutions.test.ts
/**
 * The steps of solutions in a report: a value for each, and what they come to.
 *
 * **Trap** Texts of steps come from files: every text goes through `escape`.
 */
import type { Solution, StepReport } from "../../src/evaluate/solutions.ts";
import {
  percent,
  percentInterval,
  stepsLine,
  stepValue,
  whole,
} from "../../src/evaluate/reports/report.ts";
import { escape, section, soft, table } from "./html.ts";

/** Rows whose solutions are listed; the JSON has all. */
const SHOWN = 100;

/** Draws the steps of a solution; nothing if the model does not judge steps. */
export function solutionHtml(solution: Solution | undefined): string {
  if (solution === undefined) return "";
  const { steps, min, product, last } = solution;
  const cells = steps.map(({ text, value }) => ({
    isOwn: value === min,
    values: [text, stepValue(value)],
  }));
  const sums = `min ${stepValue(min)}, product ${stepValue(product)}, last ${stepValue(last)}`;
  return table(["step", "value"], cells) + soft(sums);
}

/** Draws what a report says of steps: which sum tells best, and every solution. */
export function stepsSection(report: StepReport | undefined, level: string): string {
  if (report === undefined) return "";
  const cells = report.sums.map(({ name, value, interval }) => ({
    isOwn: false,
    values: [name, percent(value), percentInterval(interval)],
  }));
  const entries = report.rows.slice(0, SHOWN).map(({ id, prompt, rightCount, solutions }) => {
    const own = solutions.map(
      (one, i) =>
        `<div><p class="soft">${i < rightCount ? "right" : "wrong"}</p>${solutionHtml(one)}</div>`,
    );
    return `<details><summary><span class="text">${escape(prompt)}</span><span class="soft">${escape(id)}</span></summary><div class="answers">${own.join("")}</div></details>`;
  });
  const more = report.rows.length - SHOWN;
  return section("Steps", [
    soft(stepsLine(report)),
    table(["score by", "value", `${level} interval`], cells),
    ...entries,
    more > 0 ? soft(`${whole(more)} more in the JSON.`) : "",
  ]);
}
