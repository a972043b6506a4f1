/** Formats results for people. */
import type { StartResult } from "../page/start.ts";
import { digits } from "../measure/digits.ts";
import { median } from "../measure/interleave.ts";
import type { CaseResult, ContenderResult, Setting } from "../page/compare.ts";

export function settingLines({
  adapter,
  subgroupMinSize,
  profile,
  browser,
  peer,
  software,
}: Setting): string[] {
  return [
    `adapter: ${adapter}, subgroups of ${subgroupMinSize} and more, kernel profile ${profile}`,
    `browser: ${browser}, peer: ${peer}`,
    ...(software ? ["A software adapter: only ratios within a case mean something."] : []),
  ];
}

/** lavapipe calls itself SwiftShader in Chrome; its subgroups are larger. */
const LAVAPIPE_SUBGROUPS = 8;

function targetOf(
  { target }: CaseResult,
  { software, subgroupMinSize }: Setting,
): number | undefined {
  if (!software) return undefined;
  return subgroupMinSize >= LAVAPIPE_SUBGROUPS ? target.lavapipe : target.swiftshader;
}

/** The fastest peer's time over ours. */
function ratio(result: ContenderResult, { results }: CaseResult): number | undefined {
  const peers = results.filter(({ isPeer }) => isPeer).map(({ medianMs }) => medianMs);
  return result.isPeer || peers.length === 0 ? undefined : Math.min(...peers) / result.medianMs;
}

function agrees({ difference, limit }: ContenderResult): boolean {
  return difference === undefined || difference <= limit;
}

export function caseTable(result: CaseResult, setting: Setting): string[] {
  const target = targetOf(result, setting);
  const rows = result.results.map((one) => {
    const times = ratio(one, result);
    const parts = [
      one.name.padEnd(32),
      `${digits(one.medianMs)} ms`.padStart(12),
      `(${digits(one.lowestMs)} to ${digits(one.highestMs)}, ${one.samplesMs.length}x)`.padEnd(26),
      result.flops === undefined
        ? ""
        : `${digits(result.flops / one.medianMs / 1e6)} GFLOP/s`.padStart(16),
      times === undefined ? "" : `${times.toFixed(1)} times the peer`.padStart(22),
      one.difference === undefined
        ? ""
        : `  difference ${one.difference.toExponential(1)}${agrees(one) ? "" : " WRONG"}`,
    ];
    return `  ${parts.join(" ")}`.trimEnd();
  });
  const wanted = target === undefined ? "" : `, wanted ${target} times`;
  return ["", `${result.name}${wanted}`, ...rows];
}

/**
 * The stages of the first start and of warm ones, medians, and whether the median of the warm ones
 * is at most 1.5 times the bare score and 300 ms. The limits apply to lavapipe only: elsewhere the
 * shader compiler decides.
 */
export function startReport(
  first: StartResult,
  warm: readonly StartResult[],
  setting: Setting,
): { lines: string[]; isHeld: boolean } {
  const click = median(warm.map(({ firstScoreMs }) => firstScoreMs));
  const bare = median(warm.map(({ bareMs }) => bareMs));
  const allowed = 1.5 * bare + 300;
  const isLavapipe = setting.software && setting.subgroupMinSize >= LAVAPIPE_SUBGROUPS;
  const isHeld = !isLavapipe || click <= allowed;
  const wanted = isLavapipe
    ? `  ${isHeld ? "allowed" : "TOO SLOW: allowed"} `
    : "  on lavapipe it may be ";
  return {
    lines: [
      ...startLines("first start of the embedded model", [first]),
      ...startLines(`warm start, median of ${warm.length}`, warm),
      `${wanted}${digits(allowed)} ms: 1.5 x ${digits(bare)} + 300`,
    ],
    isHeld,
  };
}

function startLines(title: string, results: readonly StartResult[]): string[] {
  const row = (name: string, of: (result: StartResult) => number): string => {
    const times = results.map(of);
    const range = `${digits(Math.min(...times))} to ${digits(Math.max(...times))}`;
    return `  ${name.padEnd(16)} ${digits(median(times))} ms${times.length > 1 ? ` (${range})` : ""}`;
  };
  const stages = results[0]?.stages.map(({ stage }) => stage) ?? [];
  return [
    "",
    title,
    ...stages.map((stage) =>
      row(stage, (result) => result.stages.find((one) => one.stage === stage)?.ms ?? 0),
    ),
    row("first score", ({ scoreMs }) => scoreMs),
    row("click to score", ({ firstScoreMs }) => firstScoreMs),
    row("a score alone", ({ bareMs }) => bareMs),
  ];
}

/** Returns one line per case, and true if all of our results are right. */
export function summary(
  results: readonly CaseResult[],
  setting: Setting,
): { lines: string[]; agree: boolean } {
  const lines = [
    "",
    "| case | ours | times the fastest peer | times the fastest that is right | wanted |",
    "|---|---|---|---|---|",
  ];
  for (const result of results) {
    for (const one of result.results.filter(({ isPeer }) => !isPeer)) {
      const times = ratio(one, result)?.toFixed(1) ?? "";
      const right = ratio(one, { ...result, results: result.results.filter(agrees) });
      lines.push(
        `| ${result.name} | ${one.name} | ${times} | ${right?.toFixed(1) ?? ""} | ${targetOf(result, setting) ?? ""} |`,
      );
    }
  }
  const own = results.flatMap((result) => result.results.filter(({ isPeer }) => !isPeer));
  return { lines, agree: own.every(agrees) };
}
