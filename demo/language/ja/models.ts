import type { ModelWords } from "../en/models.ts";

export const models: ModelWords = {
  title: "判定に使うモデル",
  which: "モデルの選択",
  meaning: "読み込むとどうなるか",
  drop: "モデルのフォルダーをここにドロップ",
  places: {
    embedded: "このページのモデル",
    hub: "Hugging Faceから",
    disk: "この端末",
    url: "ウェブのアドレス",
  },
  loaded: "読み込み済み:",
  seesPictures: "画像とテキスト",
  textOnly: "テキストのみ",
  looking: "サイズとヘッダーを確認中…",
  where: "モデルの場所",
  look: "確認する",
  lookHint:
    "この段階で取得するのはサイズとヘッダーだけです。端末の外に出るのは、指定した場所へのモデルのファイルの要求だけです。画像、質問、回答、スコアは決して送られません。",
  embeddedHint:
    "このページのために学習した4 MBの小さなモデルです。棒グラフと図形以外はほとんど知りません。",
  hubName: "名前",
  hubPlaceholder: "org/name または org/name@revision",
  hubToken: "アクセストークン(利用申請が必要なモデルや非公開モデル用)",
  hubTokenHint:
    "任意。このモデルの要求とともにhuggingface.coへ送られます。このタブを閉じるまでメモリーにだけ置かれ、保存されません。",
  tried: {
    title: "試せるモデル",
    how: "構造はランダムな重みでHugging Faceのコードと照合済みです。ダウンロードの大きさは、始める前に「確認する」で分かります。",
    uses: {
      picturesAndText: "画像についての回答と文章",
      text: "文章だけの回答",
      generated: "生成画像(プロンプトとの一致、「順位」で使用)",
    },
    takes: (stored, q4) => `GPUで${stored}、4ビットなら${q4}`,
  },
  address: "フォルダーのアドレス",
  addressHint:
    "config.jsonのあるフォルダー。サーバーが範囲要求に応じ、このページからの利用(CORS)を許可している必要があります。",
  chooseFolder: "フォルダーを選ぶ",
  chooseFiles: "ファイルを選ぶ",
  orDrop:
    "または、フォルダーをページのどこかにドロップしてください。config.json、トークナイザーのファイル、すべてのsafetensorsが必要です。",
  missingName: "モデルの名前を org/name の形で入力してください。",
  missingFiles: "フォルダーまたはそのファイルを選んでください。",
  missingAddress: "https:// で始まるフォルダーのアドレスを入力してください。",
  found: (name) => `${name} が見つかりました。`,
  forecast: {
    measure: "ここでの採点時間を見積もる",
    measuring: "測定中…",
    hint: "このモデルと同じ形の計算を数秒だけ実行します。ダウンロードするのはヘッダーだけです。",
    range: (low, high) => `この端末で1件およそ${low}〜${high}秒`,
    how: (size, products) =>
      `${size}の場合の見積もりです。積和演算は${products} × 10⁹回で、この端末で今測った、同じ形の計算の速さを使っています。`,
    ofPicture: (picture, text) => `回答1つ、画像${picture}トークンと文章${text}トークン`,
    ofText: (tokens) => `回答1つ、文章あわせて${tokens}トークン`,
    streamed: "GPUに置ききれない重みを読む時間が、採点のたびに加わります。",
  },
  seen: {
    forms: {
      stored: { name: "元のまま", note: "正確" },
      q8: { name: "8ビット", note: "読み込み時に量子化、ほぼ正確" },
      q4: { name: "4ビット", note: "読み込み時に量子化、スコアが少しずれます" },
    },
    kind: "種類",
    kindOf: (architecture, seesPictures) =>
      `${architecture}: ${seesPictures ? "画像とテキスト" : "テキストのみ、画像なし"}`,
    files: "ファイル",
    download: "ダウンロード",
    keptWhere: "保存",
    load: "読み込む",
    ways: {
      beside: (used) => `準備ができるまで${used}が採点を続けます。`,
      store: (used, budget) =>
        `ダウンロード中も${used}が採点を続けます。許可した${budget}に両方は収まらないため、GPUへ転送する時に${used}を解放します。`,
      inPlace: (used, budget) =>
        `許可した${budget}に両方は収まらず、ダウンロードも保存されません。${used}をすぐに解放します。`,
    },
    inFiles: (total, files) => `${files}個のファイルで${total}`,
    local: (all) => `${all}。その場で読み、ダウンロードもコピーもしません。`,
    allKept: (total) => `不要:${total}すべてがここに保存されています。`,
    someKept: (missing, all) => `${all}のうち${missing}。残りはここにあります。`,
    downloadAll: (all) => `${all}。`,
    everyFile: "すべてのファイル",
    keptLocal: "この端末の元の場所のまま。次回はもう一度選んでください。",
    keptWithPage: "ページとともに、ブラウザーのキャッシュに。",
    keptNowhere:
      "保存できません。このブラウザーはこのページのファイルを保存しません(プライベートウィンドウ?)。次回は再びダウンロードします。",
    keep: "このブラウザーに、このサイト専用で",
    keepHint: (offered) =>
      `タブを閉じても続きから再開し、次回はディスクから読みます。${offered === undefined ? "" : `ブラウザーの空きはあと${offered}です。`}`,
    tooLittleSpace:
      "ダウンロードより少ない空きです。空きがなくなると、モデルは保存されずに読み込まれます。",
    keepsAfter: (download, kept) =>
      `一度だけ${download}をダウンロードします。この形式の${kept}のコピーも保存され、その後は元のファイルを削除できます。`,
    budget: "使ってよいGPUメモリー",
    budgetHint: (binding) =>
      `ブラウザーからは実際の量がわかりません。このアダプターが一度に扱えるのは最大${binding}で、大きな行列は分割します。`,
    form: "重みの形式",
    fitsBudget: (budget) => `指定した${budget}に収まります`,
    smallest: "最小",
    resident: (total) => `収まります:${total}すべてをGPUに置きます`,
    streamed: (total, held) =>
      `${total}:一度に${held}をGPUに置き、残りは順に流します(遅くなります)`,
    tight: (total, held) =>
      `${total}:順に流しても一度に${held}が必要で、この上限での割り当てを超えます`,
  },
  kept: {
    title: "このブラウザーに保存済み",
    none: "まだありません。",
    whole: (total, files, since) =>
      `${files}個のファイルで${total}${since === undefined ? "" : `、${since}から`}`,
    unfinished: (total) => `ここまで${total}:ダウンロードは未完了です`,
    copy: (forms, _isOne, freed) =>
      `${forms}のコピーはこれらのファイルなしで読み込めます。コピーだけを残すと${freed}空きます。正確な重みとほかの形式は、再びダウンロードするまで失われます。`,
    use: "使う",
    resume: "再開",
    onlyCopy: "コピーだけを残す",
    delete: "削除",
    keepIt: "残す",
    sure: (freed) => `${freed}を完全に削除`,
    check: "検査",
    repair: "修復",
    checking: "検査中",
    repairing: "修復中",
    doing: (what, share) => `${what}:${share}`,
    isWhole: "すべてのバイトが保存時のままです。",
    damaged: (amount) => `${amount}が壊れています。`,
    repaired: (amount) => `元どおりです:${amount}を置き換えました。`,
    deleted: (name) => `${name} を削除しました。`,
    originalsDeleted: (name) => `${name} の元のファイルを削除しました。`,
    space: (used, offered) =>
      `このサイトは、ブラウザーが提供する${offered}のうち${used}を使っています。`,
    mayGo: "ディスクがいっぱいになると、ブラウザーが削除することがあります。",
    stays: "削除するまでブラウザーが保持します。",
    refused:
      "ブラウザーは保持を約束しませんでした。ディスクがいっぱいになると削除することがあります。",
    ask: "保持をブラウザーに求める",
  },
};
