import type { StoredWords } from "../en/stored.ts";

export const japanese: StoredWords = {
  verdicts: {
    none: "変化はありません",
    engine: "エンジンが変わりました",
    model: "モデルが変わりました",
    traffic: "入力の傾向が変わりました",
  },
  rows: (run, reference) => `${run}行を基準の${reference}行と比較`,
  tests: "検定",
  test: "検定の名前",
  statistic: "統計量",
  limit: "限界",
  alarm: "結果",
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
