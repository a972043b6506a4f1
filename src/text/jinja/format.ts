// Tested by: test/text/jinja/odd-templates.test.ts
/** Texts with places: Python's `%` and `str.format`. */
import { failed, unsupported } from "./fault.ts";
import { checkLength } from "./limits.ts";
import { repr, str } from "./text.ts";
import {
  characters,
  Float,
  numberOf,
  Range,
  textLength,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "./values.ts";

const PLACE =
  /%(?:\((?<key>[^)]*)\))?(?<flags>[-+ #0]*)(?<width>\*|\d+)?(?:\.(?<digits>\*|\d*))?[hlL]?(?<type>[^])?/gu;

/** Returns `text % values`. */
export function formatPercent(text: string, values: Value): string {
  const list = values instanceof Tuple ? values.items : [values];
  let used = 0;
  const result = text.replace(PLACE, (_, ...rest) => {
    const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    const { key, flags = "", width, digits, type } = groups;
    if (type === undefined) throw failed("incomplete format");
    if (type === "%") return "%";
    if (width === "*" || digits === "*") throw unsupported("* in a format");
    let value: Value | undefined;
    if (key === undefined) value = list[used++];
    else {
      if (!(values instanceof Map)) throw failed("format requires a mapping");
      value = values.get(`s${key}`)?.[1];
      if (value === undefined) throw failed(`KeyError: '${key}'`);
    }
    if (value === undefined) throw failed("not enough arguments for format string");
    const precision = digits === undefined ? undefined : Number(digits);
    return pad(formatOne(type, value, flags, precision), flags, Number(width ?? 0), type);
  });
  // Python treats every value with a subscript as a mapping.
  const isMapping =
    values instanceof Map ||
    Array.isArray(values) ||
    values instanceof Undefined ||
    values instanceof Range;
  if (used < list.length && !(isMapping && used === 0) && !(values instanceof Map)) {
    throw failed("not all arguments converted during string formatting");
  }
  checkLength(result.length);
  return result;
}

function formatOne(
  type: string,
  value: Value,
  flags: string,
  precision: number | undefined,
): string {
  if (type === "s" || type === "r") {
    const text = type === "s" ? str(value) : repr(value);
    return precision === undefined ? text : characters(text).slice(0, precision).join("");
  }
  const number = numberOf(value);
  if (number === undefined) throw failed(`%${type} format: a number is required`);
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const signedText = (text: string): string => (text.startsWith("-") ? text : sign + text);
  if (type === "d" || type === "i" || type === "u") {
    if (precision !== undefined) throw unsupported("a precision of %d");
    if (!Number.isFinite(number)) throw failed("cannot convert float to integer");
    return signedText(String(Math.trunc(number)));
  }
  if (type === "f" || type === "F") {
    if (!Number.isFinite(number)) throw unsupported("%f of a number that is not finite");
    return signedText(fixed(number, precision ?? 6));
  }
  if (type === "x" && flags.replace("-", "") === "" && !(value instanceof Float) && number >= 0) {
    return number.toString(16);
  }
  throw unsupported(`%${flags}${type} in a format`);
}

/** Returns a number with that many digits after the point, exactly rounded, ties to even. */
export function fixed(number: number, digits: number): string {
  if (digits > 100 || Math.abs(number) >= 1e21) throw unsupported("so long a number as text");
  // toFixed rounds the exact binary value; only exact ties differ, which it rounds up.
  const text = number.toFixed(digits);
  if (Object.is(number, -0) || (number < 0 && !text.startsWith("-")))
    return `-${text.replace("-", "")}`;
  const exact = digits < 60 ? number.toFixed(Math.min(100, digits + 40)) : text;
  const tail = exact.slice(exact.length - (exact.length - text.length));
  const isTie = /^50*$/.test(digits === 0 ? tail.replace(".", "") : tail);
  if (!isTie) return text;
  const cut = exact.slice(0, text.length).replace(/\.$/, "");
  return /[02468]$/.test(cut) ? cut : text;
}

function pad(text: string, flags: string, width: number, type: string): string {
  const missing = width - textLength(text);
  if (missing <= 0) return text;
  checkLength(width);
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (flags.includes("0") && type !== "s" && type !== "r") {
    const sign = /^[-+ ]/.exec(text)?.[0] ?? "";
    return sign + "0".repeat(missing) + text.slice(sign.length);
  }
  return " ".repeat(missing) + text;
}

/** Returns `text.format(*args, **named)`, for places without a format of their own. */
export function formatBraces(
  text: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): string {
  let next = 0;
  let isNumbered: boolean | undefined;
  const result = text.replace(/\{\{|\}\}|\{(?<field>[^{}]*)\}|[{}]/gu, (all, ...rest) => {
    if (all === "{{" || all === "}}") return all.charAt(0);
    const field = (rest.at(-1) as Readonly<Record<string, string | undefined>>)["field"];
    if (field === undefined) throw failed(`Single '${all}' encountered in format string`);
    if (/[.[!:]/.test(field)) throw unsupported(`{${field}} in str.format`);
    if (field === "" || /^\d+$/.test(field)) {
      const numbered = field !== "";
      if (isNumbered !== undefined && isNumbered !== numbered) {
        throw failed("cannot switch between automatic and manual field numbering");
      }
      isNumbered = numbered;
      const value = args[numbered ? Number(field) : next++];
      if (value === undefined) throw failed("Replacement index out of range");
      return formatValue(value);
    }
    const value = named.get(field);
    if (value === undefined) throw failed(`KeyError: '${field}'`);
    return formatValue(value);
  });
  checkLength(result.length);
  return result;
}

function formatValue(value: Value): string {
  if (value === null || typeof value !== "object") return str(value);
  if (Array.isArray(value) || value instanceof Map || value instanceof Float) return str(value);
  if (value instanceof Tuple || value instanceof Undefined) return str(value);
  throw unsupported(`a ${typeName(value)} in str.format`);
}
