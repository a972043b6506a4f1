/** Errors as the page shows them. */

/**
 * Who must act: the four classes of the engine, a defect of the page, or no one, as for a job that
 * was stopped.
 */
export type FaultCode = "input" | "weights" | "unsupported" | "gpu" | "defect" | "aborted";

export interface PageFault {
  readonly code: FaultCode;
  readonly message: string;
  /** What to do, if the advice for faults of this class does not fit. */
  readonly todo?: string;
  /** The id of the field that has to change, if it is one. */
  readonly field?: string;
}

const OF_ENGINE: readonly FaultCode[] = ["input", "weights", "unsupported", "gpu"];

/** An error of the page itself. */
export class EngineFault extends Error {
  override readonly name = "EngineFault";
  readonly fault: PageFault;

  constructor(fault: PageFault) {
    super(fault.message);
    this.fault = fault;
  }

  get code(): FaultCode {
    return this.fault.code;
  }
}

export function faultOf(error: unknown): PageFault {
  if (error instanceof EngineFault) {
    return error.fault;
  }
  if (error instanceof DOMException && error.name === "AbortError") {
    return { code: "aborted", message: error.message };
  }
  const own = error instanceof Error && "code" in error ? error.code : undefined;
  const code = OF_ENGINE.find((each) => each === own) ?? "defect";
  return { code, message: error instanceof Error ? error.message : String(error) };
}
