// Tested by: test/load/folder.test.ts
/** Turns bytes that arrive into progress that people can read: bytes, rate, time left. */
import type { Progress } from "../types.ts";

export class ProgressMeter {
  readonly #tell: ((progress: Progress) => void) | undefined;
  #stage: Progress["stage"] = "resolve";
  #begin = 0;
  #loaded = 0;
  #total = 0;

  constructor(tell: ((progress: Progress) => void) | undefined) {
    this.#tell = tell;
  }

  /** Starts a stage of `totalBytes`; zero if it has no bytes to count. */
  stage(stage: Progress["stage"], totalBytes = 0): void {
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
