import type { ContextWords } from "../en/context.ts";

export const japanese: ContextWords = {
  system: "システムプロンプト",
  systemHint: "任意",
  turn: (turn) => `以前のやり取り${turn}`,
  user: "ユーザー",
  assistant: "アシスタント",
  addTurn: "+ やり取りを追加",
  removeTurn: (turn) => `やり取り${turn}を削除`,
  picturesOfTurn: (turn) => `やり取り${turn}の画像`,
  questionPictures: "質問の画像",
  addPictures: "画像を追加",
  textFirst: "文を画像より前に置く",
  leftOut: "このモデルは文章専用です。画像は使いません。",
  earlier: (name) => `${name} を一つ前へ`,
  later: (name) => `${name} を一つ後へ`,
  removePicture: (name) => `${name} を外す`,
  moved: (name, place) => `${name} は${place}番目の画像になりました。`,
  json: "会話のJSON",
  jsonHelp:
    'チャットAPIの形式です:{"messages": […]}。画像はデータURL、またはここで選んだ画像の名前で書きます。最後がアシスタントの発言なら回答になります。',
  takeJson: "入力欄に入れる",
  notJson: (reason) => `正しいJSONではありません:${reason}`,
  jsonForm: '{"messages": […]} または発言のリストが必要です。',
  role: (turn, role) =>
    `発言${turn}の役割は ${role} です。最初にシステム、その後はユーザーとアシスタントが交互の会話だけを扱えます。`,
  noQuestion: "質問がありません。回答の前にユーザーの発言が必要です。",
  between: (turn) => `発言${turn}は文の途中に画像があります。画像はすべて文の前か後に置きます。`,
  field: (where, name) => `${where} の ${name} は渡せません。取り除いてください。`,
  notText: "アシスタントの発言が一つの文ではありません。",
  tooMany: (count, most) => `回答が${count}件あります。最大は${most}件です。`,
  tooManyPictures: (turn, most) => `発言${turn}の画像が${most}枚を超えています。`,
  notChosen: (name) =>
    `画像 ${name} はここで選ばれていません。ネットからは取得しません。先に選ぶか、データURLで書いてください。`,
  placesWithout: (places, pictures) =>
    `画像の場所は${places}か所、ここで選ばれた画像は${pictures}枚です。先に残りを選んでください。`,
  unused: (names) => `読まれず、影響しない項目:${names}。`,
};
