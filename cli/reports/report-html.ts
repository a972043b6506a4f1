// Tested by: test/cli/commands/eval.test.ts
/**
 * Reports as one HTML file: plots drawn into it, nothing fetched, no script needed.
 *
 * **Trap** Ids, prompts and responses come from files: every text goes through `escape`.
 */

import type { AbReport } from "../../src/evaluate/ab.ts";
import type { EvaluationReport, WrongPair } from "../../src/evaluate/evaluate.ts";
import { englishPlots } from "./plot-words.ts";
import { lengthPlot, marginsPlot, metricsPlot, reliabilityPlot, winRatePlot } from "./plots.ts";
import { published } from "../../src/evaluate/reports/published.ts";
import { escape, figure, page, section, soft, table } from "./html.ts";
import { solutionHtml, stepsSection } from "./steps-html.ts";
import {
  diagnosticLines,
  headMetrics,
  judgeLine,
  needed,
  partialLine,
  percent,
  percentInterval,
  pixelLine,
  publishedRows,
  pValue,
  signed,
  signedInterval,
  whole,
} from "../../src/evaluate/reports/report.ts";

/** Pairs and prompts that are shown whole; the JSON has all. */
const SHOWN = 100;

/** Addresses of explanations, by the pair or prompt of the report. */
export type ExplanationLinks = ReadonlyMap<object, string>;

/**
 * Returns the report as a page.
 * @param document draws the plots: the browser's, or a small one of Node's
 */
export function evaluationHtml(
  report: EvaluationReport,
  document: Document,
  links: ExplanationLinks = new Map(),
): string {
  const { benchmark, metrics, bootstrap, wrong, notes } = report;
  const drawing = { document, words: englishPlots };
  const level = `${bootstrap.level * 100} %`;
  const totals = metrics.filter(({ kind }) => kind === "total").slice(0, 6);
  const intro = [
    `<h1>${benchmark === "pairs" ? "Labelled pairs" : escape(benchmark)}</h1>`,
    `<p>${escape(judgeLine(report))}</p>`,
    ...partialLine(report).map((line) => `<p><strong>${line}</strong></p>`),
    `<p class="soft">${whole(report.rows)} rows in ${whole(report.clusters)} clusters; ${pixelLine(report)}.</p>`,
    `<ul class="big">${totals.map((one) => `<li><strong>${percent(one.value)} %</strong>${escape(one.name)} <span class="soft">${percentInterval(one.interval)}</span></li>`).join("")}</ul>`,
  ];
  const legend = `<p class="legend"><span class="key" style="background:var(--accent)"></span>this run, with its ${level} interval <span class="key" style="background:var(--down);border-radius:0;width:2px"></span>the better of “shorter wins” and “longer wins”</p>`;
  const others = `<p class="legend"><span class="key" style="border:1px solid var(--soft)"></span>published</p>`;
  const columns = ["metric", "n", "value", `${level} interval`, "shorter wins", "longer wins"];
  const cells = metrics.map((one) => ({
    isOwn: one.kind === "total",
    values: [
      one.name,
      whole(one.count),
      percent(one.value),
      percentInterval(one.interval),
      percent(one.shorterWins),
      percent(one.longerWins),
    ],
  }));
  const seed = `Percentile bootstrap of clusters, ${whole(bootstrap.resamples)} resamples, seed ${bootstrap.seed}. Equal scores count as wrong.`;
  const isBeside = publishedRows(report).length > 0;
  const sections = [
    section("Accuracy", [
      figure(metricsPlot(report, drawing)),
      isBeside ? legend + others : legend,
    ]),
    section("Margins", [
      figure(marginsPlot(report.margins, englishPlots.preferredMargin, drawing)),
      soft(`${whole(report.pairs)} pairs, ${report.ties} ties, ${wrong.length} wrong or tied.`),
    ]),
    `<section><div class="pair"><div><h2>Calibration</h2>${figure(reliabilityPlot(report, drawing))}</div><div><h2>Length of the right response</h2>${figure(lengthPlot(report, drawing))}</div></div>${diagnosticLines(report).map(soft).join("")}</section>`,
    section("Numbers", [table(columns, cells), soft(seed)]),
    beside(report),
    stepsSection(report.steps, level),
    wrongSection(wrong, links),
    notesSection(notes),
  ];
  return page(`${benchmark}: ${judgeLine(report)}`, [...intro, ...sections]);
}

export function abHtml(
  report: AbReport,
  document: Document,
  links: ExplanationLinks = new Map(),
): string {
  const { systems, comparisons, bootstrap, notes } = report;
  const title = systems.map(({ name }) => name).join(" against ");
  const level = `${bootstrap.level * 100} %`;
  const systemColumns = ["system", "mean rank", "best of all", "mean score", "right"];
  const systemCells = systems.map((one) => {
    const right = one.rightShare === undefined ? "–" : percent(one.rightShare);
    const values = [one.meanRank.toFixed(2), percent(one.bestShare), signed(one.meanScore), right];
    return { isOwn: false, values: [one.name, ...values] };
  });
  return page(title, [
    `<h1>${escape(title)}</h1>`,
    `<p>${whole(report.prompts)} prompts, judged by ${escape(report.judge.model)}</p>`,
    soft(
      `Intervals: ${level}, paired percentile bootstrap of prompts, ${whole(bootstrap.resamples)} resamples, seed ${bootstrap.seed}.`,
    ),
    section("Systems", [table(systemColumns, systemCells)]),
    ...comparisons.map((one) => comparisonSection(one, document)),
    detailsSection(report, links),
    notesSection(notes),
  ]);
}

function comparisonSection(one: AbReport["comparisons"][number], document: Document): string {
  const { signTest, correctness } = one;
  const facts = [
    `${whole(one.wins)} won, ${whole(one.ties)} tied, ${whole(one.losses)} lost. Mean difference ${signed(one.difference.value)} (${signedInterval(one.difference.interval)}).`,
    `Sign test: p ${equals(signTest.exactPValue)} (${pValue(one.holmPValue)} after Holm); McNemar's χ² = ${signTest.chiSquare.toFixed(2)}, p ${equals(signTest.pValue)}.`,
    `Prompts at which it would be certain (95 %, four times in five): ${needed(one.promptsNeeded)} by wins, ${needed(one.promptsNeededForMean)} by the mean.`,
  ];
  if (correctness !== undefined) {
    const { onlyFirst, onlySecond, exactPValue } = correctness;
    facts.push(
      `Right answers: only ${one.a} ${onlyFirst}, only ${one.b} ${onlySecond}, McNemar's exact p ${equals(exactPValue)}.`,
    );
  }
  const columns = ["category", "n", "win rate", "interval", "mean difference", "interval"];
  const cells = one.categories.map((category) => ({
    isOwn: false,
    values: [
      category.name,
      whole(category.prompts),
      percent(category.winRate.value),
      percentInterval(category.winRate.interval),
      signed(category.difference.value),
      signedInterval(category.difference.interval),
    ],
  }));
  return section(`${one.a} against ${one.b}`, [
    figure(winRatePlot(one, { document, words: englishPlots })),
    ...facts.map((fact) => `<p>${escape(fact)}</p>`),
    one.categories.length > 1 ? table(columns, cells) : "",
  ]);
}

function beside(report: EvaluationReport): string {
  const rows = publishedRows(report);
  if (rows.length === 0) return "";
  const metrics = headMetrics(report);
  const own = { isOwn: true, values: ["this run", ...metrics.map(({ value }) => percent(value))] };
  const others = rows.map(({ model, values }) => ({
    isOwn: false,
    values: [model, ...values.map((value) => value?.toFixed(1) ?? "–")],
  }));
  const source = published[report.benchmark]?.source ?? "";
  return section("Beside published numbers", [
    table(["model", ...metrics.map(({ name }) => name)], [own, ...others]),
    soft(source),
  ]);
}

function wrongSection(wrong: readonly WrongPair[], links: ExplanationLinks): string {
  if (wrong.length === 0) return section("Wrong pairs", ["<p>None.</p>"]);
  const shown = wrong.slice(0, SHOWN);
  const rest = wrong.length - shown.length;
  const entries = shown.map(
    (one) =>
      `<details><summary><span class="number">${signed(one.margin)}</span><span class="text">${escape(one.prompt)}</span><span class="soft">${escape(one.id)}</span></summary><p class="soft">${escape([one.group, one.where, ...one.pictures].join(" · "))}</p><blockquote>${escape(one.prompt)}</blockquote><div class="answers"><div><p class="soft">preferred, ${signed(one.scores[0])}</p><blockquote class="up">${escape(one.preferred)}</blockquote>${solutionHtml(one.solutions?.[0])}</div><div><p class="soft">other, ${signed(one.scores[1])}</p><blockquote class="down">${escape(one.other)}</blockquote>${solutionHtml(one.solutions?.[1])}</div></div>${whyLink(links, one)}</details>`,
  );
  const more = rest > 0 ? [soft(`${rest} more in the JSON.`)] : [];
  return section(`Wrong pairs, worst first (${wrong.length})`, [...entries, ...more]);
}

function detailsSection({ details, systems }: AbReport, links: ExplanationLinks): string {
  const entries = details.slice(0, SHOWN).map((one) => {
    const { id, category, prompt, answers } = one;
    const scores = answers.map(({ score }) => score);
    const most = Math.max(...scores);
    const spread = most - Math.min(...scores);
    const cells = answers.map(({ response, score, solution }, i) => {
      const side = score === most ? "up" : "down";
      const head = `${escape(systems[i]?.name ?? "")}, ${signed(score)}`;
      return `<div><p class="soft">${head}</p><blockquote class="${side}">${escape(response)}</blockquote>${solutionHtml(solution)}</div>`;
    });
    return `<details><summary><span class="number">${spread.toFixed(3)}</span><span class="text">${escape(prompt)}</span><span class="soft">${escape(id)}</span></summary><p class="soft">${escape(category)}</p><blockquote>${escape(prompt)}</blockquote><div class="answers">${cells.join("")}</div>${whyLink(links, one)}</details>`;
  });
  return section("Prompts, those first on which the systems differ most", entries);
}

function whyLink(links: ExplanationLinks, of: object): string {
  const address = links.get(of);
  return address === undefined ? "" : `<p><a href="${escape(address)}">Why?</a></p>`;
}

function notesSection(notes: readonly string[]): string {
  if (notes.length === 0) return "";
  return section(
    "Notes",
    notes.map((note) => `<p>${escape(note)}</p>`),
  );
}

function equals(value: number): string {
  const text = pValue(value);
  return text.startsWith("<") ? text : `= ${text}`;
}
