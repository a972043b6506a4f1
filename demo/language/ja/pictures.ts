import type { PictureWords } from "../en/pictures.ts";

export const japanese: PictureWords = {
  files: "画像を選ぶ",
  folder: "フォルダーを選ぶ",
  filesHelp: "ドロップもできます。画像はこの端末の外に出ません。",
  chosen: (pictures) => `画像${pictures}枚。`,
  promptsFrom: (names) => `プロンプトは ${names} から読みます。`,
  prompt: "全画像に共通のプロンプト",
  promptHelp:
    "空欄なら画像ごとに読みます。隣の NAME.txt、image と prompt を持つ .jsonl、またはPNG内の文字列(ComfyUI、Stable Diffusion web UI、Forge、Fooocus、InvokeAI、NovelAIが書くもの)から読みます。",
  noPictures: "画像を選んでください。PNG、JPEG、WebP、GIF、BMP、AVIFを読めます。",
  twoPrompts: (names) => `プロンプトのファイルは1つだけ選んでください:${names}。`,
  goOn: "続ける",
  working: "画像を採点中…",
  stopped: "停止しました。ここまでの画像に順位を付けます。",
  said: (scored, total) => `${total}枚中${scored}枚の順位`,
  partial: (scored, total) =>
    `停止しました。${total}枚中${scored}枚を採点済みです。「続ける」で残りを採点します。`,
  failed: (pictures) => `採点できなかった画像 ${pictures}枚`,
  saveJsonl: "JSON Linesで保存",
  empty: "プロンプトごとに、良い順でここに画像が並びます。",
  emptyHow: "HPSv3のように、プロンプトに対して生成画像を評価するモデルが必要です。",
  otherModel: (name) =>
    `${name}は回答を評価するモデルです。プロンプトに対する生成画像の評価はできません。`,
  otherModelTodo:
    "「モデル」でHPSv3を読み込むか、reward.jsonのプロンプトに prompt と image があるフォルダーを読み込んでください",
};
