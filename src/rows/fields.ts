// Tested by: test/rows/read-row.test.ts
/**
 * The fields of one row. Each that is read is remembered, so that the others can be named.
 */
import { InputError } from "../errors.ts";
import { ID_WANTED, isId, isObject, kindOf } from "../base/json.ts";
import { hasPlaces } from "../text/template/parts.ts";

export type TableRow = Readonly<Record<string, unknown>>;

/** Fields that our own tools write beside the content, or read in some of their commands. */
const OWN = new Set(
  (
    "id vl_reward chosen_meta rejected_meta answer_gt margin scores score correct answers truth " +
    "category group task cluster"
  ).split(" "),
);

export class RowFields {
  readonly #row: TableRow;
  readonly #used = new Set<string>();
  /** The file's name and the row's number. */
  readonly where: string;
  /** A column of pictures under an unknown name that was used for the row. */
  taken: string | undefined;

  constructor(row: TableRow, where: string) {
    this.#row = row;
    this.where = where;
  }

  /** Returns whether a field holds anything; "", [] and {} count, null does not. */
  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** Returns a field's value, with null as undefined, and remembers that it was read. */
  get(name: string): unknown {
    this.#used.add(name);
    return this.#value(name);
  }

  /** Returns a field's value and does not remember it as read. */
  peek(name: string): unknown {
    return this.#value(name);
  }

  /** Remembers fields as read. */
  use(...names: readonly string[]): void {
    for (const name of names) this.#used.add(name);
  }

  /** Returns the names of the fields that hold anything. */
  names(): string[] {
    return Object.keys(this.#row).filter((name) => this.has(name));
  }

  /** Returns the names of the fields that hold anything and were not read. */
  unused(): string[] {
    const isOpen = (name: string): boolean => !this.#used.has(name) && !OWN.has(name);
    return this.names().filter((name) => isOpen(name) && hasPlaces(this.#value(name)));
  }

  /**
   * Reads a text.
   * @throws InputError if it is not a text
   */
  text(name: string): string {
    const value = this.get(name);
    return typeof value === "string" ? value : this.fail(name, "a text");
  }

  /** Returns a text, or undefined for anything else. */
  optionalText(name: string): string | undefined {
    const value = this.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** Returns the first of the names that is a text. */
  firstText(names: readonly string[]): string | undefined {
    const name = names.find((one) => typeof this.#value(one) === "string");
    return name === undefined ? undefined : this.text(name);
  }

  /** Returns an id as text. @throws InputError if it is neither a text nor a number */
  identifier(name: string): string {
    return this.optionalIdentifier(name) ?? this.fail(name, "a text or a number");
  }

  /** Reads an id, if there is one. Parquet's 64-bit numbers come as BigInt. */
  optionalIdentifier(name: string): string | undefined {
    const value = this.get(name);
    if (typeof value === "number" && !isId(value)) this.fail(name, ID_WANTED, "Write it as a text");
    return isId(value) || typeof value === "bigint" ? String(value) : undefined;
  }

  /**
   * Reads texts.
   * @throws InputError if it is not a list of one or more texts
   */
  texts(name: string): readonly string[] {
    const value = this.get(name);
    const isWhole = Array.isArray(value) && value.every((one) => typeof one === "string");
    return isWhole && value.length > 0 ? value : this.fail(name, "a list of texts");
  }

  /**
   * Reads numbers.
   * @throws InputError if it is not a list of one or more numbers
   */
  numbers(name: string): readonly number[] {
    const value = this.get(name);
    const isTyped = ArrayBuffer.isView(value) && !(value instanceof DataView);
    const all: unknown[] = isTyped
      ? Array.from(value as unknown as ArrayLike<unknown>)
      : Array.isArray(value)
        ? value
        : [];
    const whole = all.map((one) => (typeof one === "bigint" ? Number(one) : one));
    const isWhole = whole.length > 0 && whole.every((one): one is number => Number.isFinite(one));
    return isWhole ? whole : this.fail(name, "a list of numbers");
  }

  /**
   * Returns a list; also one that is written as JSON in a text, as in CSV.
   * @throws InputError if it is not a list
   */
  list(name: string): readonly unknown[] {
    const value = this.get(name);
    const read = typeof value === "string" ? listIn(value) : value;
    return Array.isArray(read) ? read : this.fail(name, "a list");
  }

  /**
   * Refuses a field.
   * @throws InputError that names the field and shows its value, cut
   */
  fail(name: string, expected: string, todo?: string): never {
    throw wrongField(this.where, name, this.#value(name), expected, todo);
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#row, name) ? (this.#row[name] ?? undefined) : undefined;
  }
}

/** Returns the error for a field of a row. Its value is shown, cut. */
export function wrongField(
  where: string,
  name: string,
  value: unknown,
  expected: string,
  todo?: string,
): InputError {
  return new InputError({ where, what: `field ${name}`, got: shown(value), expected, todo });
}

/** Returns the list that a text holds as JSON, or undefined. */
export function listIn(text: string): readonly unknown[] | undefined {
  if (!text.trimStart().startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "object" && !Array.isArray(value) && !isPlain(value)) return kindOf(value);
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "bigint" ? Number(one) : one,
  ).slice(0, 120);
}

function isPlain(value: unknown): boolean {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}
