// Tested by: test/text/jinja/odd-templates.test.ts
/** The filters of numbers: int, float, round. Python: jinja2/filters.py. */
import { failed, unsupported } from "./fault.ts";
import { fixed } from "./format.ts";
import { str } from "./text.ts";
import { textMethod } from "./text-methods.ts";
import { Float, integer, numberOf, typeName, Undefined, type Value } from "./values.ts";

export function asInteger(value: Value): number {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  if (value instanceof Undefined) value.fail();
  throw failed(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

const INTEGER_TEXT = /^[-+]?\d+(?:_\d+)*$/;
const FLOAT_TEXT =
  /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i;

/** Returns `float(text)`; undefined if Python refuses it. */
function parseFloatText(text: string): number | undefined {
  const plain = str(textMethod(text, "strip", [], new Map()));
  if (/^[-+]?(?:inf(?:inity)?|nan)$/i.test(plain)) {
    return /nan/i.test(plain) ? Number.NaN : plain.startsWith("-") ? -Infinity : Infinity;
  }
  if (/[^\0-\x7f]/.test(plain) && /\p{Nd}/u.test(plain))
    throw unsupported("digits of other scripts");
  return FLOAT_TEXT.test(plain) ? Number(plain.replaceAll("_", "")) : undefined;
}

export function toInteger(value: Value, otherwise: Value, base: Value): Value {
  if (base !== 10) throw unsupported("the filter int with a base");
  if (typeof value === "string") {
    const plain = str(textMethod(value, "strip", [], new Map()));
    if (INTEGER_TEXT.test(plain)) return integer(Number(plain.replaceAll("_", "")));
    const number = parseFloatText(value);
    return number === undefined || !Number.isFinite(number)
      ? otherwise
      : integer(Math.trunc(number));
  }
  if (value instanceof Undefined) value.fail();
  const number = numberOf(value);
  if (number === undefined) return otherwise;
  if (!Number.isFinite(number)) {
    if (Number.isNaN(number)) return otherwise;
    throw failed("cannot convert float infinity to integer");
  }
  return integer(Math.trunc(number));
}

export function toFloat(value: Value, otherwise: Value): Value {
  if (value instanceof Undefined) value.fail();
  const number = typeof value === "string" ? parseFloatText(value) : numberOf(value);
  return number === undefined ? otherwise : new Float(number);
}

export function round(value: Value, precision: Value, method: Value): Value {
  const digits = asInteger(precision);
  const number = numberOf(value);
  if (number === undefined) {
    if (value instanceof Undefined) value.fail();
    throw failed(`type ${typeName(value)} doesn't define __round__ method`);
  }
  if (method === "ceil" || method === "floor") {
    const scale = 10 ** digits;
    const rounded = method === "ceil" ? Math.ceil(number * scale) : Math.floor(number * scale);
    return new Float((rounded === 0 ? 0 : rounded) / scale);
  }
  if (method !== "common") throw failed("method must be common, ceil or floor");
  if (digits < 0) throw unsupported("the filter round with a negative precision");
  if (!(value instanceof Float)) return number;
  return new Float(Number(fixed(number, digits)));
}
