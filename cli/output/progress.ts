// Tested by: test/cli/main.test.ts
/**
 * The lines that show how far loading and scoring are.
 */

import { rowsPerSecond, shareDone, timeLeft } from "../../src/score/rate.ts";
import type { Progress } from "../../src/types.ts";

/**
 * Writes progress of loading.
 *
 * `download model-00001-of-00004.safetensors: 1.2 of 16.6 GB, 85.1 MB/s, 3 min left`
 */
export function loadingLine(progress: Progress): string {
  const { stage, file, loadedBytes, totalBytes, bytesPerSecond, secondsLeft } = progress;
  if (totalBytes === 0) return file === undefined ? stage : `${stage} ${file}`;
  const parts = [`${inBytes(loadedBytes)} of ${inBytes(totalBytes)}`];
  if (bytesPerSecond > 0) parts.push(`${inBytes(bytesPerSecond)}/s`);
  if (secondsLeft !== undefined) parts.push(`${inTime(secondsLeft)} left`);
  return `${stage}${file === undefined ? "" : ` ${file}`}: ${parts.join(", ")}`;
}

/** How far a run is, by the bytes or the rows of its input. */
export interface BatchProgress {
  readonly done: number;
  readonly failed: number;
  readonly readBytes: number;
  readonly totalBytes: number;
  readonly elapsedMs: number;
  /** Bytes of the input whose rows an earlier run did: they say nothing about this run's rate. */
  readonly skippedBytes?: number;
}

/**
 * Writes progress of a batch.
 *
 * `120 scored, 2 failed, 41 %, 3.4/s, 1 min left`
 */
export function batchLine(progress: BatchProgress): string {
  const { done, failed, readBytes, totalBytes, elapsedMs, skippedBytes = 0 } = progress;
  const parts = [`${done} scored`];
  if (failed > 0) parts.push(`${failed} failed`);
  const run = {
    done,
    failed,
    reached: readBytes,
    total: totalBytes,
    skipped: skippedBytes,
    elapsedMs,
  };
  const share = shareDone(run);
  if (share > 0) parts.push(`${Math.floor(share * 100)} %`);
  const rate = rowsPerSecond(run);
  if (rate !== undefined) parts.push(`${rate.toPrecision(2)}/s`);
  const left = timeLeft(run);
  if (left !== undefined) parts.push(`${inTime(left)} left`);
  return parts.join(", ");
}

function inBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Writes a time as a person reads it. */
export function inTime(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
