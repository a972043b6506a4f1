import type { AnchorResult } from "../../../src/monitor/anchors.ts";
import type { MonitorReport } from "../../../src/monitor/monitor.ts";
import type { StoredWords } from "../en/stored.ts";

/** What the monitor calls its tests; columns and values between them are the file's. */
const testNames: readonly (readonly [RegExp, string])[] = [
  [/^anchors: token ids$/, "基準行:トークンID"],
  [/^anchors: scores beyond the tolerance$/, "基準行:許容差を超えたスコア"],
  [/^score: CUSUM$/, "スコア:CUSUM"],
  [/^score: betting test$/, "スコア:賭けの検定"],
  [/^score: PSI$/, "スコア:PSI"],
  [/^score: PSI of the worst window$/, "スコア:最も悪い区間のPSI"],
  [/^score: Kolmogorov-Smirnov$/, "スコア:コルモゴロフ–スミルノフ検定"],
  [/^score: Mann-Whitney$/, "スコア:マン–ホイットニー検定"],
  [/^tokens: Kolmogorov-Smirnov$/, "トークン数:コルモゴロフ–スミルノフ検定"],
  [/^picture sizes: Kolmogorov-Smirnov$/, "画像の大きさ:コルモゴロフ–スミルノフ検定"],
  [/^share without a picture$/, "画像のない割合"],
  [/^share outside the reference set$/, "参照セットの外の割合"],
  [/^labels: accuracy$/, "ラベル:正解率"],
  [/^(.*): shares of its groups$/s, "$1:グループの割合"],
  [/^(.*): score, Mann-Whitney$/s, "$1:スコア、マン–ホイットニー検定"],
];

function testOf(name: string): string {
  const known = testNames.find(([pattern]) => pattern.test(name));
  return known === undefined ? name : name.replace(...known);
}

function anchorsOf({ replays, changed, relative, because }: AnchorResult): string {
  const size = `${replays}回の再採点のうち${changed}回で、トークンが同じなのにスコアが変わりました(二乗平均平方根で標準偏差の${relative.toPrecision(2)}倍)。`;
  switch (because.kind) {
    case "other model":
      return `${replays}回の再採点のうち${because.count}回が、基準とは別のモデル名です。`;
    case "other tokens":
      return `${replays}回の再採点のうち${because.count}回で、トークンが変わりました。トークナイザー、テンプレート、または画像の前処理が別のものです。`;
    case "within tolerance":
      return `${replays}回の再採点は、すべて許容差に収まっています。`;
    case "same model":
      return `${size}モデル名は同じです。`;
    case "small":
      return `${size}計算や量子化による変化の範囲です。`;
    case "large":
      return `${size}計算や量子化による変化を超えています。${because.isOtherEngine ? "エンジンも別のものです。" : ""}`;
  }
}

function reason({ verdict, anchors, tests }: MonitorReport): string {
  const steady = anchors === undefined ? "" : anchorsOf(anchors);
  if (verdict === "engine" || verdict === "model") return steady;
  if (verdict === "none") return `これらの検定で分かる変化はありません。${steady}`;
  const alarms = tests.filter(({ name, alarm }) => alarm && !name.startsWith("anchors: "));
  return `警報:${alarms.map(({ name }) => testOf(name)).join("、")}。${steady}`;
}

export const japanese: StoredWords = {
  verdicts: {
    none: "変化はありません",
    engine: "エンジンが変わりました",
    model: "モデルが変わりました",
    traffic: "入力の傾向が変わりました",
  },
  reason,
  rows: (run, reference) => `${run}行を基準の${reference}行と比較`,
  tests: "検定",
  test: "検定の名前",
  statistic: "統計量",
  limit: "限界",
  alarm: "結果",
  testOf,
  alarms: "警報",
  quiet: "警報なし",
  notes: "注記",
  trends: {
    mean: "スコアの平均",
    psi: "PSIとその限界",
    cusum: "CUSUMとその限界",
    capital: "賭けの検定の資金(10のべき)",
    tokens: "トークン数の平均",
    withoutPicture: "画像のない割合",
    outside: "参照セットの外の割合",
  },
  audited: (model) => `${model}の監査`,
  effects: "スコアへの影響",
  asFile: "JSONで保存",
  otherJson:
    "このファイルは監査ではありません。監査のreport.jsonか、保存したスコアのファイルを2つ選んでください。",
};
