/** Errors as the page shows them. */

/**
 * Who must act: the four classes of the engine, a defect of the page, or nobody, as for a job that
 * was stopped.
 */
export type FaultCode = "input" | "weights" | "unsupported" | "gpu" | "defect" | "aborted";

export interface PageFault {
  readonly code: FaultCode;
  readonly message: string;
  /** What to do, if the advice for faults of this class does not fit. */
  readonly todo?: string;
}

/** An error of the page, or one that came from the worker, with its class as `code`. */
export class EngineFault extends Error {
  override readonly name = "EngineFault";
  readonly code: FaultCode;

  constructor(fault: PageFault) {
    super(fault.message);
    this.code = fault.code;
  }
}

export function faultOf(error: unknown): PageFault {
  if (error instanceof EngineFault) {
    return { code: error.code, message: error.message };
  }
  if (error instanceof DOMException && error.name === "AbortError") {
    return { code: "aborted", message: error.message };
  }
  return { code: "defect", message: error instanceof Error ? error.message : String(error) };
}
