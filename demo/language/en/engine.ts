/** The engine: its stages, what can go wrong, and what to do then. */

type FaultName = "input" | "weights" | "unsupported" | "gpu" | "defect" | "aborted";

interface Stages {
  readonly resolve: string;
  readonly download: string;
  readonly verify: string;
  readonly upload: string;
  readonly quantise: string;
  readonly compile: string;
  readonly ready: string;
}

export interface EngineWords {
  readonly stages: Stages;
  readonly starting: string;
  readonly fromHere: string;
  readonly loadingLabel: string;
  readonly paused: string;
  hereAndStay(done: string, total: string): string;
  readonly staysAsItIs: string;
  readonly pause: string;
  readonly resume: string;
  readonly cancel: string;
  readonly faults: Readonly<
    Record<FaultName, { readonly title: string; readonly todo: string; readonly again?: string }>
  >;
  ready(name: string, adapter: string): string;
  /** What judges in place of the published head. */
  ownHead(file: string): string;
  readonly pausedSaid: string;
  readonly cancelledNone: string;
  readonly cancelledBack: string;
  /** Another model on its way, while one judges. */
  readonly next: {
    title(name: string): string;
    goesOn(name: string): string;
    waiting(name: string): string;
    paused(name: string): string;
    failed(name: string): string;
    readonly cancelled: string;
    readonly dismiss: string;
    readonly chosenFiles: string;
  };
  readonly hung: string;
  readonly lastModelGone: (why: string) => string;
  loadingSaid(stage: string, percent: string | undefined): string;
  workerRefused(reason: string): string;
  workerSandboxed(reason: string): string;
  readonly workerRefusedTodo: string;
  readonly workerSandboxedTodo: string;
}

export const engine: EngineWords = {
  stages: {
    resolve: "Finding the model",
    download: "Downloading",
    verify: "Checking",
    upload: "Moving weights to the GPU",
    quantise: "Quantising on the GPU",
    compile: "Compiling kernels",
    ready: "Ready",
  },
  starting: "Starting the engine",
  fromHere: " (from this machine)",
  loadingLabel: "Loading the model",
  paused: "Paused",
  hereAndStay: (done, total) => `${done} of ${total} are here and stay.`,
  staysAsItIs: "What has been downloaded stays.",
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  faults: {
    input: {
      title: "This cannot be scored as it is",
      todo: "Change the picture, the prompt or a response, and press Score.",
    },
    weights: {
      title: "The model could not be read",
      todo: "A file of the model is missing or damaged. Load it again; if that does not help, the files on the server need to be replaced.",
      again: "Load again",
    },
    unsupported: {
      title: "This machine or model is not supported",
      todo: "Try another browser or GPU, or a model of a supported family.",
      again: "Try again",
    },
    gpu: {
      title: "The GPU failed",
      todo: "Start the engine again. If it fails again, close other tabs that use the GPU, or restart the browser.",
      again: "Start again",
    },
    defect: {
      title: "Something broke that should not",
      todo: "Start the engine again. If it comes back, please report the message above.",
      again: "Start again",
    },
    aborted: { title: "Stopped", todo: "Press Score to begin again." },
  },
  ownHead: (file) => `your own head (${file})`,
  ready: (name, adapter) => `${name} is ready on ${adapter}.`,
  pausedSaid: "Paused.",
  cancelledNone: "Cancelled. No model is loaded.",
  cancelledBack: "Cancelled. The model before it is loaded again.",
  next: {
    title: (name) => `On its way: ${name}`,
    goesOn: (name) => `${name} goes on judging until then.`,
    waiting: (name) => `It is here, and takes over when ${name} has finished what it judges now.`,
    paused: (name) => `Paused: ${name}`,
    failed: (name) => `${name} could not be loaded. The model before it goes on.`,
    cancelled: "Cancelled. The model in use stays.",
    dismiss: "Close",
    chosenFiles: "the chosen files",
  },
  hung: "The engine did not stop when asked. It was ended, and is started again.",
  lastModelGone: (why) => `The model of your last visit could not be opened: ${why}`,
  loadingSaid: (stage, percent) =>
    `Loading the model: ${stage}${percent === undefined ? "" : `, ${percent} percent`}.`,
  workerRefused: (reason) => `worker: the browser refuses to start one. ${reason}`,
  workerSandboxed: (reason) =>
    `worker: the frame of this page is sandboxed, and may not start workers. ${reason}`,
  workerRefusedTodo: "Open this page in a tab of its own, from a server that allows workers.",
  workerSandboxedTodo:
    "Open this page in a tab of its own, or add allow-same-origin to the frame’s sandbox.",
};
