// Tested by: test/model/config-writers.test.ts
/**
 * Reads the fields of a JSON object one by one. Each error names the file and the field, what was
 * expected and what was there.
 */
import { WeightsError } from "../errors.ts";
import { isObject, type JsonObject } from "./json.ts";

export class Fields {
  readonly #object: JsonObject;
  /** Values of absent fields. A null is absent too, but gets no default. */
  readonly #defaults: JsonObject;
  /** `config.json` or `config.json, vision_config`. */
  readonly where: string;

  constructor(object: JsonObject, where: string, defaults: JsonObject = {}) {
    this.#object = object;
    this.#defaults = defaults;
    this.where = where;
  }

  /** Returns the same fields with values for those that are absent. */
  withDefaults(defaults: JsonObject): Fields {
    return new Fields(this.#object, this.where, defaults);
  }

  keys(): string[] {
    return Object.keys(this.#object);
  }

  /** Returns the field; null counts as absent. */
  get(field: string): unknown {
    const own = Object.hasOwn(this.#object, field) ? this.#object : this.#defaults;
    return Object.hasOwn(own, field) ? (own[field] ?? undefined) : undefined;
  }

  integer(field: string): number {
    const value = this.optionalInteger(field);
    return value ?? this.#fail(field, "a positive integer");
  }

  optionalInteger(field: string): number | undefined {
    const value = this.get(field);
    if (value === undefined) {
      return undefined;
    }
    return Number.isSafeInteger(value) && Number(value) > 0
      ? Number(value)
      : this.#fail(field, "a positive integer");
  }

  /** Returns a token's id. Zero is a token; -1 means none. */
  optionalTokenId(field: string): number | undefined {
    const value = this.get(field);
    if (value === undefined || value === -1) {
      return undefined;
    }
    return Number.isSafeInteger(value) && Number(value) >= 0
      ? Number(value)
      : this.#fail(field, "a token id");
  }

  number(field: string): number {
    const value = this.optionalNumber(field);
    return value ?? this.#fail(field, "a number");
  }

  optionalNumber(field: string): number | undefined {
    const value = this.get(field);
    if (value === undefined) {
      return undefined;
    }
    return typeof value === "number" && Number.isFinite(value)
      ? value
      : this.#fail(field, "a number");
  }

  optionalBoolean(field: string): boolean | undefined {
    const value = this.get(field);
    return value === undefined || typeof value === "boolean"
      ? value
      : this.#fail(field, "true or false");
  }

  text(field: string): string {
    const value = this.get(field);
    return typeof value === "string" ? value : this.#fail(field, "a text");
  }

  /** Returns the first of a list of texts. */
  firstText(field: string): string {
    const value = this.get(field);
    const first: unknown = Array.isArray(value) ? value[0] : undefined;
    return typeof first === "string" ? first : this.#fail(field, "a list of texts");
  }

  integers(field: string): readonly number[] {
    return this.optionalIntegers(field) ?? this.#fail(field, "a list of integers");
  }

  optionalIntegers(field: string): readonly number[] | undefined {
    const value = this.get(field);
    if (value === undefined) {
      return undefined;
    }
    return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item))
      ? (value as readonly number[])
      : this.#fail(field, "a list of integers");
  }

  object(field: string): Fields {
    return this.optionalObject(field) ?? this.#fail(field, "an object");
  }

  optionalObject(field: string): Fields | undefined {
    const value = this.get(field);
    if (value === undefined) {
      return undefined;
    }
    return isObject(value)
      ? new Fields(value, `${this.where}, ${field}`)
      : this.#fail(field, "an object");
  }

  require(field: string, fits: boolean, wanted: string): void {
    if (!fits) {
      this.#fail(field, wanted);
    }
  }

  /** Checks that the field is this text, if it is there at all. */
  requireText(field: string, wanted: string): void {
    const value = this.get(field);
    this.require(field, value === undefined || value === wanted, `"${wanted}"`);
  }

  #fail(field: string, wanted: string): never {
    const value = this.get(field);
    throw new WeightsError({
      where: this.where,
      what: value === undefined ? `${field} is missing` : `${field} is wrong`,
      got: value === undefined ? undefined : JSON.stringify(value).slice(0, 80),
      expected: wanted,
      todo: "Use the config.json that was published with the weights",
    });
  }
}
