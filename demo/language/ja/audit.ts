import type { AuditWords } from "../../../src/audit/audit-words.ts";
import { japanese as plots } from "./plots.ts";

/** What was compared, as reports say it in English. */
const sentences: ReadonlyMap<string, string> = new Map([
  [
    "headings, bold, list marks and code marks are removed",
    "見出し、太字、箇条書きとコードの記号を除く",
  ],
  ["emoji are removed", "絵文字を除く"],
  [
    "a heading is put in front, and each line becomes an item of a list",
    "先頭に見出しを置き、各行を箇条書きにする",
  ],
  ["the answer is written twice", "回答を2回書く"],
  ["nothing is left", "何も残さない"],
  ["all letters are small", "すべて小文字にする"],
  ["all letters are capitals", "すべて大文字にする"],
  [
    "names and pronouns of the list are swapped, in prompt and answers",
    "質問と回答の中で、一覧にある人名と代名詞を入れ替える",
  ],
  ["the prompt says which answer the user believes in", "利用者が信じる答えを質問に書く"],
  [
    "an answer's score if the prompt says the user believes in it, against the other one",
    "利用者がその回答を信じると質問に書いたときのスコアと、もう一方を信じると書いたときのスコアの差",
  ],
  ["the picture is left out", "画像を外す"],
  ["the next row's picture is shown", "次の行の画像を見せる"],
  [
    "the attribute is there against it is not, by rewrites of rewrites (RATE)",
    "その特徴がある場合とない場合の差。書き換えの書き換えによる(RATE)",
  ],
  [
    "accuracy of the best value of the column minus that of the worst",
    "列の最も良い値の正解率から最も悪い値の正解率を引いた差",
  ],
  [
    "share of pairs in which the judge takes its response, minus the labels' share",
    "モデルがその回答を選んだペアの割合から、ラベルでの割合を引いた差",
  ],
  [
    "change of the margin for one standard deviation of the difference",
    "違いの1標準偏差あたりの差の変化",
  ],
]);

function whatOf(what: string): string {
  const known = sentences.get(what);
  if (known !== undefined) return known;
  const [, words, place] = /^(".*") is put (in front|behind)$/s.exec(what) ?? [];
  if (words !== undefined) return `${words}を${place === "behind" ? "末尾" : "先頭"}に付ける`;
  const [, edit] = /^the picture is edited: (.*)$/s.exec(what) ?? [];
  return edit === undefined ? what : `画像を加工する(${plots.nameOf(edit)})`;
}

export const japanese: AuditWords = {
  families: {
    feature: "回答の見かけ",
    edit: "加工した回答",
    belief: "述べられた意見",
    picture: "加工した画像",
    rewrite: "書き換え",
    group: "グループ",
    source: "回答の出どころ",
  },
  columns: ["監査", "n", "質問", "効果", "95 %区間", "p(Holm)", "逆転", "判定"],
  verdicts: { effect: "効果あり", "none seen": "見られない", "too few to say": "数が足りない" },
  summary: (pairs, prompts, accuracy, interval) =>
    `${prompts}件の質問の${pairs}組。正解率は${accuracy} %(${interval})。`,
  found: (count, of, names) =>
    count === 0
      ? `${of}件の監査のうち、効果が見られたものはありません。`
      : `${of}件の監査のうち${count}件で効果が見られました:${names.join("、")}。`,
  tooFew: (names) => `${names.length}件は質問の数が足りず、判断できません:${names.join("、")}。`,
  units: (deviation, resamples, seed, count) =>
    `効果の単位はスコアの標準偏差(${deviation})、割合の差ではポイントです。区間は質問を単位とするブートストラップ(${resamples}回、シード${seed})、pは全${count}件についてのHolmの補正です。`,
  rule: (deviations, points) =>
    `「効果あり」は補正後のpが0.03以下で、全体の誤警報は5 %未満に収まります。${deviations} SDまたは${points}ポイントの効果を見つけることを目安とし、「数が足りない」はそれに必要な質問が足りないことを表します。`,
  ofNeeded: (prompts, needed) => `${prompts}/${needed}`,
  range: (low, high) => `${low}〜${high}`,
  nameOf: plots.nameOf,
  whatOf,
  whats: (list) => `${list.map(({ name, what }) => `${name}:${what}`).join("。")}。`,
  change: "違いの1標準偏差あたりの差の変化。",
  odds: (list) =>
    `モデルの判定とラベルの対数オッズ:${list
      .map(({ name, judge, human }) => `${name} ${judge}(ラベル${human})`)
      .join("、")}。`,
  length: "長さ",
  lengthColumns: ["場合", "n", "正解率", "95 %区間"],
  lengthWhere: {
    "right is shorter": "正解の方が短い",
    "right is longer": "正解の方が長い",
    "within 10 %": "差が10 %以内",
  },
  lengthAlone: (longer, shorter) =>
    `長さだけで選ぶ場合:長い方の正解率は${longer} %、短い方は${shorter} %です。`,
  reliance: "画像への依存",
  relianceColumns: ["画像のあるペア", "画像ありの正解率", "画像なし", "差", "95 %区間"],
  position: "順序",
  positionColumns: ["行", "逆の順でもビット単位で同じ", "最大の差"],
  rounding: "2e-5未満の差は丸めによるものです。呼び出しの中の順序で、足し算の順序が変わります。",
  byColumn: (column) => `${column}別`,
  groupColumns: ["値", "n", "正解率", "95 %区間", "平均スコア(SD)", "校正誤差"],
  worstAndBest: (worst, best) => `最低:${worst}。最高:${best}。`,
};
