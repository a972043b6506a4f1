/** What reports name in English has a word in each language of the page. */
import { afterEach, expect, it } from "vitest";
import { englishPlots } from "../../../cli/reports/plot-words.ts";
import { namesIn } from "../../../cli/reports/plots.ts";
import { japanese } from "../../../demo/language/ja/plots.ts";
import { useLanguage } from "../../../demo/language/language.ts";
import { nameOf, plotWords } from "../../../demo/language/plots.ts";
import { beliefEdit, defaultSwaps, responseEdits, swapEdit } from "../../../src/audit/edits.ts";
import { textFeatures } from "../../../src/audit/features.ts";
import { pixelEditNames } from "../../../src/audit/picture-edits.ts";
import { NO_PICTURE, OTHER_PICTURE } from "../../../src/audit/plan.ts";
import { lengthBias } from "../../../src/evaluate/length-bias.ts";
import { metricsOf } from "../../../src/evaluate/metrics.ts";

afterEach(() => useLanguage("en"));

/** Names that our own code gives; those of groups come from files. */
const named: readonly string[] = [
  ...lengthBias([], []).bins.map(({ label }) => label),
  ...(["pairs", "vl-rewardbench", "rewardbench-2"] as const).flatMap((benchmark) =>
    metricsOf(benchmark, []).flatMap(({ name, kind }) => (kind === "total" ? [name] : [])),
  ),
  ...textFeatures.map(({ name }) => name),
  ...responseEdits.map(({ name }) => name),
  swapEdit(defaultSwaps).name,
  beliefEdit("").name,
  ...pixelEditNames,
  NO_PICTURE,
  OTHER_PICTURE,
];

it("plots: every name of a metric, bin and audit → a word in Japanese, each its own", () => {
  expect(named.length).toBeGreaterThan(35);
  expect(named.filter((name) => japanese.nameOf(name) === name)).toEqual([]);
  const own = new Set(named);
  expect(new Set([...own].map((name) => japanese.nameOf(name))).size).toBe(own.size);
});

it("plots: a name from a file → as it is, in both languages", async () => {
  expect([nameOf("Overall"), nameOf("my charts")]).toEqual(["Overall", "my charts"]);
  await useLanguage("ja");
  expect([nameOf("Overall"), nameOf("my charts")]).toEqual(["全体", "my charts"]);
});

it("plots: English and Japanese → the same words, none empty, none in English", () => {
  const own = Object.entries(japanese);
  const asked = Object.keys(englishPlots).filter((name) => name !== "fixed" && name !== "ticks");
  expect(own.map(([name]) => name).toSorted()).toEqual(asked.toSorted());
  for (const [name, word] of own) {
    const text = typeof word === "string" ? word : word("1", "2");
    if (name !== "nameOf") expect(text, name).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
  }
});

it("plots: numbers and moments of an axis → as the language writes them", async () => {
  const moment = new Date("2026-11-05T00:00:00Z");
  const ticks = (): string[] => {
    const { ticks: own, fixed } = plotWords();
    return [
      own?.number(-1234.5) ?? "",
      own?.time(moment, 30 * 86_400_000) ?? "",
      own?.time(new Date("2026-11-05T06:30:00Z"), 86_400_000) ?? "",
      fixed(-1234.56, 1),
    ];
  };
  expect(ticks()).toEqual(["−1,234.5", "5 Nov", "06:30", "−1,234.6"]);
  await useLanguage("ja");
  expect(ticks()).toEqual(["−1,234.5", "11月5日", "06:30", "−1,234.6"]);
});

it("plots: a name too wide for its room → cut by the width of its letters, with an ellipsis", () => {
  const { marginLeft, shorten } = namesIn(300, 170);
  expect(marginLeft).toBe(108);
  expect(shorten("shorter")).toBe("shorter");
  expect(shorten("names and pronouns of all")).toBe("names and pr…");
  expect(shorten("スコアの平均")).toBe("スコアの平均");
  expect(shorten("述べられた意見の影響")).toBe("述べられた意見…");
});
