/** What may hold an engine, and one that runs. */
import type { CallLine, CallPort } from "./call-line.ts";

/**
 * A worker that calls `serveRewardModel`, a port of it, or the address of its script. A function
 * makes one each time: then it can be replaced after a crash.
 */
export type WorkerOption = Worker | MessagePort | URL | string | (() => OwnPort);

/** What a function may make: also several workers that speak as one, such as `SealedPort`. */
export type OwnPort = Worker | MessagePort | (CallPort & { terminate(): void });

/** A worker that runs. */
export interface StartedEngine {
  readonly port: CallPort;
  /** False if it belongs to the caller, who alone can start another. */
  readonly isReplaceable: boolean;
  /** True if it may have run before. */
  readonly isStarted?: boolean | undefined;
  /** Of its script, for errors. */
  readonly address?: string | undefined;
  /** Called once the engine can be asked. */
  readonly onLine?: ((line: CallLine) => void) | undefined;
  end(): void;
}

export interface StartOptions {
  readonly worker?: WorkerOption | undefined;
  readonly sealed?: boolean | undefined;
  readonly shared?: boolean | undefined;
}
