import type { RankWords } from "../en/rank.ts";

export const rank: RankWords = {
  title: "多数の回答の順位付け",
  question: "順位付けの対象",
  ranking: "順位",
  drop: "画像をここにドロップ",
  responses: "回答",
  hint: "1行に1件の回答",
  help: (most) => `1行に1件。改行を含む回答はJSONで:["1件目", "2件目"]。最大${most}件。`,
  run: "順位付け",
  count: (count) => `${count}件の回答。`,
  promptTheirs: "質問はその行のものです。",
  pictureTheirs: (name) => `その行の画像:${name}。`,
  unused: (names) => `使わない項目:${names}。`,
  working: (total) => `${total}件の回答を順位付け中…`,
  said: (total, best) => `${total}件の回答を順位付けしました。最高は${best}です。`,
  empty: "ここに順位が高い順に表示されます。",
  emptyWhy: (seesPictures) =>
    `${seesPictures ? "画像と質問" : "質問"}は全回答で一度だけ読むため、件数が増えても計算はあまり増えません。`,
  saveJson: "JSONで保存",
  saveCsv: "CSVで保存",
  stale: "質問が変わりました。「順位付け」を押すと新しい順位になります。",
  pictureRead: (size, tokens) => `画像を${size}で読み取り、${tokens}トークン`,
  tie: "上位は同点です",
  best: (number, chance) => `回答${number}が最良です。2位より好まれる確率は${chance}`,
  place: "順位",
  emptyText: "(空)",
  response: (number) => `回答${number}`,
  tied: "次と同点",
  ahead: (margin, chance) => `次との差 ${margin} · P(より良い) = ${chance}`,
  missingPicture: (name) =>
    `これらの回答は画像 ${name} についてのものです。その画像を選んでください。`,
};
