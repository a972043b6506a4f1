// Tested by: test/worker/call-line.test.ts
/** Errors as they cross to another thread: a structured clone would drop their class. */
import { RewardError } from "../errors.ts";
import type { RewardErrorData } from "../errors.ts";

export type WireError =
  | { readonly kind: "reward"; readonly data: RewardErrorData }
  /** The reason of an abort, a quota that is used up, and others of the platform. */
  | { readonly kind: "dom"; readonly name: string; readonly message: string }
  | { readonly kind: "other"; readonly name: string; readonly message: string };

/** Returns an error as data. What is thrown and is not an error becomes a message. */
export function toWire(error: unknown): WireError {
  if (error instanceof RewardError) return { kind: "reward", data: error.toJSON() };
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { kind: error instanceof DOMException ? "dom" : "other", name, message };
}

/** Returns the error with its class, code and fields. */
export function fromWire(wire: WireError): Error {
  if (wire.kind === "reward") return RewardError.fromJSON(wire.data);
  const { name, message } = wire;
  return wire.kind === "dom"
    ? new DOMException(message, name)
    : Object.assign(new Error(message), { name });
}
