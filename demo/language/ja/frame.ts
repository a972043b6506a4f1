import type { FrameWords } from "../en/frame.ts";

export const frame: FrameWords = {
  views: {
    score: "採点",
    rank: "順位",
    label: "ラベル",
    report: "レポート",
    models: "モデル",
  },
  navigation: "画面",
  pageTitle: (view) => `${view} · vl-reward`,
  skip: "質問へ移動",
  theme: { auto: "配色:システムに合わせる", light: "配色:ライト", dark: "配色:ダーク" },
  otherLanguage: "Show in English",
  about: "このページについて・プライバシー・キー操作",
  close: "閉じる",
  chip: {
    label: "採点するモデル",
    none: "モデルなし",
    failed: "モデルの障害",
    paused: "一時停止中",
    noWebGpu: "WebGPUなし",
    starting: (percent) => (percent === undefined ? "起動中…" : `読み込み中 ${percent}`),
    loadingBeside: (name) => `${name} を読み込み中`,
  },
  builtIn: "内蔵モデル",
  builtInLimits: "棒グラフと単純な図形専用",
  card: {
    title: "採点するモデル",
    name: "モデル",
    form: "重み",
    forms: { stored: "公開されたまま", q8: "8ビット", q4: "4ビット" },
    head: "ヘッド",
    knows: "対象",
    unknownLimits: "未測定:何を学習したかの情報がありません",
    limit: "最大入力長",
    tokens: (count) => `${count}トークン`,
    calibration: "較正",
    adapter: "アダプター",
    kernels: "カーネル",
    chosen: {
      given: "指定どおり",
      adapter: "このアダプターに適すると分かっているもの",
      timed: "このアダプターで計測して最速のもの",
      remembered: "このアダプターの初回計測で最速のもの",
    },
    quantised: "量子化",
    loading: "読み込み",
    start: "起動",
    firstScore: (time) => `最初のスコアまで${time}`,
    scoring: "採点",
    pictures: "画像",
    text: "テキスト",
    total: "合計",
    software:
      "これはソフトウェアアダプターで、CPUがGPUの代わりをします。スコアは同じですが、本物のGPUなら何倍も高速です。",
    change: "モデルを変更",
    notes: (count) => `エンジンからのお知らせ ${count}件`,
  },
  temperature: (t, pairs) => `T = ${t}(ラベル付き${pairs}組で測定)`,
  uncalibrated: "未較正:T = 1 は仮定であり、測定値ではありません",
  foot: {
    stays: "画像も文章もこの端末から出ません",
    firstScore: (time) => `最初のスコアまで${time}`,
    software: "ソフトウェアアダプター:正確ですが低速です",
    howDoYouKnow: "なぜ分かるのか",
  },
  aboutPanel: {
    title: "このページについて",
    what: "報酬モデルは、画像・質問・回答を見て、人がどれほど良いと感じるかを回答ごとに数値で示します。すべてこのブラウザーの中で動きます。",
    meaning:
      "スコアには単位も決まったゼロもありません。意味があるのは同じ質問への回答どうしの差だけです:P(AがBより好まれる) = σ((Aのスコア − Bのスコア) / T)。",
    privacyTitle: "プライバシー",
    privacy:
      "画像・質問・回答・スコアがこの端末から出ることはありません。ページが取得するのは、ページ自身のファイルと、あなたが指定したモデルのファイルだけです。",
    checkTitle: "確かめる方法",
    check: [
      "開発者ツールの「ネットワーク」を開いて採点してください。新しい通信は発生しません。",
      "ネットワークを切って、もう一度採点してください。動作します。",
      "ページのポリシー(Content-Security-Policy)は、フォーム送信などの通信先を禁じています。",
      "エンジンは、モデルの読み込み後はどこにも接続できないワーカーの中で動きます。試してみてください:",
    ],
    prove: "ネットワークへの経路をすべて試す",
    proving: "試しています…",
    refused: (count) => `${count}通りすべてがこのブラウザーに拒否されました。`,
    open: (names) => `拒否されなかったもの:${names}。`,
    requestsTitle: "このタブの通信",
    requests: (count) => `ページの通信 ${count}件。エンジンの通信は開発者ツールで確認できます。`,
    keysTitle: "キー操作",
    keysOn: "入力欄の外で1文字のキーを使う",
    keys: [
      ["Ctrl / ⌘ + Enter", "採点・順位付け"],
      ["Alt + A", "回答を追加"],
      ["Alt + 1 … 8", "回答へ移動"],
      ["Alt + Delete", "入力中の回答を削除"],
      ["Esc", "停止・閉じる"],
      ["g のあと s r l e m", "採点・順位付け・ラベル・レポート・モデルを開く"],
      ["↑ ↓", "「理由」ボタンから次の行・前の行へ"],
      ["w", "このスコアの理由"],
      ["c", "次の回答と比べる"],
      ["?", "このヘルプ"],
    ],
    licence: "MITライセンス",
    source: "内蔵モデルは、生成した画像と文章だけを使い、このページのために学習したものです。",
  },
  linked: {
    title: "このリンクは別のモデルの読み込みを求めています",
    trust: "上のアドレスから読み込まれます。信頼できる場合だけ読み込んでください。",
    load: "読み込む",
    drop: "内蔵モデルを使う",
  },
  noWebGpu: {
    title: "採点にはWebGPUが必要です",
    httpsTitle: "採点にはHTTPSが必要です",
    reasons: {
      missing: "このブラウザーには、計算に使うWebGPUがありません。",
      insecure:
        "ブラウザーがWebGPUを許可するのは、HTTPSかlocalhostのページだけです。このページはHTTPで配信されています。",
      "no-adapter":
        "このブラウザーにはWebGPUがありますが、使えるグラフィックアダプターが見つかりません。",
    },
    stillWorks: "ほかの画面は使えます。新しい採点の要らないレポートは読めます。",
    recordedTitle: "表示例",
    recorded:
      "記録済みの結果です。最初の例に対する参照実装のスコアで、ここで計算したものではありません。",
    recordedPicture: "棒グラフ:赤5、青3、紫8、緑6",
    advice: {
      chrome: { title: "Chrome、Edgeなど(Chromium系)" },
      firefox: { title: "Firefox" },
      safari: { title: "Safari(Mac)" },
      ios: { title: "iPhone・iPad" },
    },
    updateChrome: (version) =>
      `現在はバージョン${version}です。113以降(Androidは121以降)に更新してください。`,
    chromeTooOld: "バージョン113以降(Androidは121以降)に更新してください。",
    chromeAcceleration:
      "「設定」→「システム」で「グラフィック アクセラレーションが使用可能な場合は使用する」を有効にし、再起動してください。",
    chromeLinux:
      "Linuxでは chrome://flags/#enable-unsafe-webgpu を開き、Enabledを選んで再起動してください。",
    chromeGpuPage:
      "chrome://gpu の「WebGPU」の行に足りないものが示されます。多くはグラフィックドライバーの更新です。",
    chromeRemote:
      "リモートデスクトップや仮想マシンにはGPUがないことがあります。その端末で直接開いてください。",
    firefoxUpdate: "Windowsでは141以降、AppleシリコンのMacでは145以降に更新してください。",
    firefoxConfig:
      "その他の環境では about:config で dom.webgpu.enabled を true にしてください。Firefox Nightlyが最適です。",
    safariUpdate: "Safari 26以降に更新してください。",
    safariFlags:
      "それより古い場合は、「設定」→「機能フラグ」で「WebGPU」を有効にしてください(先に「開発」メニューを表示します)。",
    iosUpdate:
      "iOS / iPadOS 26以降に更新してください。どのブラウザーでもWebGPUが使えるようになります。",
    closeOthers:
      "GPUを使うほかのタブを閉じ、ブラウザーを再起動してください。障害の後で無効になっていることがあります。",
  },
  droppedElsewhere: (view) => `このファイルは「${view}」のものなので、そちらで開きました。`,
  dropTable: "ここにドロップ",
  dropNothing: "画像・表・モデルのいずれのファイルでもありません。",
};
