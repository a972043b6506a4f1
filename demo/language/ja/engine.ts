import type { EngineWords } from "../en/engine.ts";

export const engine: EngineWords = {
  stages: {
    resolve: "モデルを探しています",
    download: "ダウンロード中",
    verify: "確認中",
    upload: "重みをGPUへ転送中",
    quantise: "GPUで量子化中",
    compile: "カーネルをコンパイル中",
    ready: "準備完了",
  },
  starting: "エンジンを起動中",
  fromHere: "(この端末から)",
  loadingLabel: "モデルの読み込み",
  paused: "一時停止中",
  hereAndStay: (done, total) => `${total}のうち${done}が保存済みです。`,
  staysAsItIs: "ダウンロード済みの分は残ります。",
  pause: "一時停止",
  resume: "再開",
  cancel: "中止",
  faults: {
    input: {
      title: "このままでは採点できません",
      todo: "画像・質問・回答を直して、もう一度「採点」を押してください。",
    },
    weights: {
      title: "モデルを読み込めませんでした",
      todo: "モデルのファイルが足りないか壊れています。もう一度読み込んでください。直らない場合は、サーバー側のファイルを差し替える必要があります。",
      again: "もう一度読み込む",
    },
    unsupported: {
      title: "この端末またはモデルには対応していません",
      todo: "別のブラウザーやGPU、または対応する系列のモデルをお試しください。",
      again: "もう一度試す",
    },
    gpu: {
      title: "GPUで障害が起きました",
      todo: "エンジンを再起動してください。繰り返す場合は、GPUを使うほかのタブを閉じるか、ブラウザーを再起動してください。",
      again: "再起動",
    },
    defect: {
      title: "想定外の障害が起きました",
      todo: "エンジンを再起動してください。繰り返す場合は、上のメッセージを報告してください。",
      again: "再起動",
    },
    aborted: { title: "停止しました", todo: "「採点」を押すと再開します。" },
  },
  ownHead: (file) => `自分のヘッド(${file})`,
  ready: (name, adapter) => `${name}の準備ができました(${adapter})。`,
  pausedSaid: "一時停止しました。",
  cancelledNone: "中止しました。モデルは読み込まれていません。",
  cancelledBack: "中止しました。前のモデルを読み込み直します。",
  next: {
    title: (name) => `準備中: ${name}`,
    goesOn: (name) => `それまでは${name}が採点を続けます。`,
    waiting: (name) => `準備ができました。${name}が今の採点を終えると切り替わります。`,
    paused: (name) => `一時停止中: ${name}`,
    failed: (name) => `${name}を読み込めませんでした。前のモデルを使い続けます。`,
    cancelled: "中止しました。使用中のモデルはそのままです。",
    dismiss: "閉じる",
    chosenFiles: "選択したファイル",
  },
  hung: "停止の指示にエンジンが応答しませんでした。強制終了し、再起動しています。",
  lastModelGone: (why) => `前回のモデルを開けませんでした: ${why}`,
  loadingSaid: (stage, percent) =>
    `モデルの読み込み:${stage}${percent === undefined ? "" : `、${percent}パーセント`}。`,
  workerRefused: (reason) => `worker: ブラウザーがワーカーの起動を拒否しました。${reason}`,
  workerSandboxed: (reason) =>
    `worker: このページの枠は sandboxed のため、ワーカーを起動できません。${reason}`,
  workerRefusedTodo: "ワーカーを許可するサーバーから、このページを単独のタブで開いてください。",
  workerSandboxedTodo:
    "このページを単独のタブで開くか、枠のsandboxに allow-same-origin を加えてください。",
};
