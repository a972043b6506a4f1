// Tested by: test/load/folder.test.ts
/** Turns bytes that arrive into progress that people can read: bytes, rate, time left. */
import type { Progress, StageProgress } from "../types.ts";

export class ProgressMeter {
  readonly #tell: ((progress: StageProgress) => void) | undefined;
  #stage: StageProgress["stage"] = "resolve";
  #begin = 0;
  #loaded = 0;
  #total = 0;

  constructor(tell: ((progress: StageProgress) => void) | undefined) {
    this.#tell = tell;
  }

  /** Starts a stage of `totalBytes`; zero if it has no bytes to count. */
  stage(stage: StageProgress["stage"], totalBytes = 0): void {
    this.#stage = stage;
    this.#begin = performance.now();
    this.#loaded = 0;
    this.#total = totalBytes;
    this.#report();
  }

  /** Counts bytes of the current stage. */
  add(bytes: number, file?: string): void {
    this.#loaded += bytes;
    this.#report(file);
  }

  #report(file?: string): void {
    const seconds = (performance.now() - this.#begin) / 1000;
    const rate = seconds > 0 ? this.#loaded / seconds : 0;
    this.#tell?.({
      stage: this.#stage,
      loadedBytes: this.#loaded,
      totalBytes: this.#total,
      bytesPerSecond: rate,
      secondsLeft: rate > 0 ? (this.#total - this.#loaded) / rate : undefined,
      ...(file === undefined ? {} : { file }),
    });
  }
}

/** How far loading is at the end of each stage, as a share of the whole. */
const STAGE_ENDS: Readonly<Record<StageProgress["stage"], number>> = {
  resolve: 0.01,
  download: 0.8,
  verify: 0.85,
  quantise: 0.9,
  upload: 0.97,
  compile: 0.99,
  ready: 1,
};
/** The time between two reports within a stage: a bar shows no more. */
const REPORT_MS = 100;

/** Returns a listener of stages that tells the whole: how far loading is, ten times a second. */
export function overallProgress(
  tell: ((progress: Progress) => void) | undefined,
): ((progress: StageProgress) => void) | undefined {
  if (!tell) return undefined;
  let stage: StageProgress["stage"] | undefined;
  let begin = 0;
  let overall = 0;
  let toldAt = -Infinity;
  return (progress) => {
    const { loadedBytes, totalBytes } = progress;
    const isNew = progress.stage !== stage;
    if (isNew) begin = overall;
    ({ stage } = progress);
    const share =
      stage === "ready" ? 1 : totalBytes > 0 ? Math.min(1, loadedBytes / totalBytes) : 0;
    // A stage that comes again, after a device was lost, begins where the bar is.
    overall = Math.max(overall, begin + Math.max(0, STAGE_ENDS[stage] - begin) * share);
    const now = performance.now();
    const isWhole = totalBytes > 0 && loadedBytes >= totalBytes;
    if (!isNew && !isWhole && now - toldAt < REPORT_MS) return;
    toldAt = now;
    tell({ ...progress, overall });
  };
}
