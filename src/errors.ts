/**
 * The four errors of the engine, by who must act.
 *
 * A message reads `<where>: expected A, got B. <What to do>.` If the two values do not say it all,
 * the fact comes before them: `<where>: <what>: expected A, got B.`
 * `code` is stable and is what a program should read; the message is for people. Each part of the
 * message is a field too, so a program can lay it out or translate it. `help` is where the package
 * explains the code.
 */

/** The parts of a message. Give `what`, or `expected`, or both. */
export interface Fault {
  /** The place: a file, a tensor, an argument, an adapter. */
  readonly where: string;
  /** What is wrong there. Leave it out if `expected` and `got` say it. */
  readonly what?: string | undefined;
  readonly got?: string | number | undefined;
  readonly expected?: string | number | undefined;
  /** What the reader can do about it, a sentence without its full stop. */
  readonly todo?: string | undefined;
  readonly cause?: unknown;
}

/** An error as plain data: it survives JSON, `structuredClone` and `postMessage`. */
export interface RewardErrorData {
  readonly name: string;
  readonly code: RewardError["code"];
  readonly where: string;
  readonly what?: string | undefined;
  readonly got?: string | number | undefined;
  readonly expected?: string | number | undefined;
  readonly todo?: string | undefined;
  readonly message: string;
  /** As the field `help`; data of older versions has none. */
  readonly help?: string | undefined;
  /** The cause, if it is an error: as data if it is one of the engine's, else its text. */
  readonly cause?: RewardErrorData | string | undefined;
}

/** What all errors of the engine have in common. */
export abstract class RewardError extends Error {
  /** Who must act: `input`, `weights`, `unsupported` or `gpu`. */
  abstract readonly code: "input" | "weights" | "unsupported" | "gpu";
  /** The place: a file, a tensor, an argument, an adapter. */
  readonly where: string;
  /** What is wrong there; undefined if `expected` and `got` say it. */
  readonly what: string | undefined;
  readonly got: string | number | undefined;
  readonly expected: string | number | undefined;
  /** What the reader can do about it. */
  readonly todo: string | undefined;

  constructor(fault: Fault) {
    const got = typeof fault.got === "string" ? cut(fault.got) : fault.got;
    super(
      sentence({ ...fault, got }),
      fault.cause === undefined ? undefined : { cause: fault.cause },
    );
    this.where = fault.where;
    this.what = fault.what;
    this.got = got;
    this.expected = fault.expected;
    this.todo = fault.todo;
  }

  /**
   * Where its code is explained: a file of the package and a heading in it, such as
   * `docs/errors.md#input`.
   */
  get help(): string {
    return `docs/errors.md#${this.code}`;
  }

  /** Returns the same error, with a place added in front of `where`. */
  within(place: string): RewardError {
    const data = { ...this.toJSON(), where: `${place}, ${this.where}` };
    const error = RewardError.fromJSON({ ...data, message: `${place}, ${this.message}` });
    error.cause = this.cause ?? this;
    return error;
  }

  /** Returns the error as plain data, e.g. for `postMessage`, which would lose its class. */
  toJSON(): RewardErrorData {
    const { name, code, where, what, got, expected, todo, message, help } = this;
    const data = { name, code, where, what, got, expected, todo, message, help };
    if (this.cause === undefined) return data;
    const cause = this.cause as Error;
    return { ...data, cause: cause instanceof RewardError ? cause.toJSON() : String(cause) };
  }

  /**
   * Returns the error that `toJSON` wrote, with its class, fields and message.
   * @throws InputError if the data is not such an error's
   */
  static fromJSON(data: RewardErrorData): RewardError {
    const known = classes.find((one) => new one({ where: "" }).code === data?.code);
    if (!known || typeof data.where !== "string" || typeof data.message !== "string") {
      throw new InputError({
        where: "fromJSON",
        expected: "what toJSON of a RewardError returned",
      });
    }
    const { cause } = data;
    const isOurs = typeof cause === "object" && cause !== null;
    const error = new known({ ...data, cause: isOurs ? RewardError.fromJSON(cause) : cause });
    // The message may come from another version, or from an error whose text was added to.
    error.message = data.message;
    return error;
  }
}

/** The caller's input cannot be scored as it is. */
export class InputError extends RewardError {
  override readonly name = "InputError";
  readonly code = "input";
}

/** A file of the checkpoint is missing, damaged or not what its configuration says. */
export class WeightsError extends RewardError {
  override readonly name = "WeightsError";
  readonly code = "weights";
}

/** This browser, adapter or engine cannot do what was asked. */
export class UnsupportedError extends RewardError {
  override readonly name = "UnsupportedError";
  readonly code = "unsupported";
}

/** The GPU or its driver failed, or a defect of ours made it fail. */
export class GpuError extends RewardError {
  override readonly name = "GpuError";
  readonly code = "gpu";
}

const classes = [InputError, WeightsError, UnsupportedError, GpuError];

function sentence({ where, what, got, expected, todo }: Fault): string {
  const values = [];
  if (expected !== undefined) values.push(`expected ${show(expected)}`);
  if (got !== undefined) values.push(`got ${show(got)}`);
  const fact = [what, values.join(", ")].filter(Boolean).join(expected === undefined ? ", " : ": ");
  return visible(`${cut(where, 400)}: ${fact}.${todo === undefined ? "" : ` ${todo}.`}`);
}

function show(value: string | number): string {
  return typeof value === "number" ? value.toLocaleString("en-US") : value;
}

/** Cuts a value of the caller's: a picture as base64 would hide the message. */
function cut(value: string, length = 240): string {
  return value.length <= length
    ? value
    : `${value.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Spells out control characters: file names and texts of others may carry a terminal's codes. */
function visible(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex
    /[\0-\x08\x0b-\x1f\x7f-\x9f]/g,
    (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
