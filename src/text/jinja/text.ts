// Tested by: test/text/jinja/odd-templates.test.ts
/** Values as text: Python's `str` and `repr`. */
import { unsupported } from "./fault.ts";
import { CHARACTERS, checkLength, spend } from "./limits.ts";
import {
  Callable,
  Float,
  Instance,
  Lazy,
  Namespace,
  Range,
  Tuple,
  typeName,
  Undefined,
  View,
  iterate,
  type Value,
} from "./values.ts";

/** Returns `str(value)`. */
export function str(value: Value): string {
  if (typeof value === "string") return value;
  return value instanceof Undefined ? "" : repr(value);
}

/** Returns `repr(value)`. */
export function repr(value: Value): string {
  spend(1);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return quote(value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Undefined) return "Undefined";
  if (Array.isArray(value)) return `[${joined(value.map(repr))}]`;
  if (value instanceof Tuple) {
    const items = value.items.map(repr);
    return items.length === 1 ? `(${items.join("")},)` : `(${joined(items)})`;
  }
  if (value instanceof Map) return dictText([...value.values()]);
  if (value instanceof Range) {
    const step = value.step === 1 ? "" : `, ${value.step}`;
    return `range(${value.start}, ${value.stop}${step})`;
  }
  if (value instanceof View) {
    return `dict_${value.kind}([${joined([...iterate(value)].map(repr))}])`;
  }
  if (value instanceof Namespace) {
    const pairs = [...value.attributes].map(([name, item]) => [name, item] as const);
    return `<Namespace ${dictText(pairs)}>`;
  }
  if (value instanceof Lazy || value instanceof Callable || value instanceof Instance) {
    throw unsupported(`writing a ${typeName(value)} as text`);
  }
  return value;
}

function dictText(pairs: readonly (readonly [Value, Value])[]): string {
  return `{${joined(pairs.map(([key, item]) => `${repr(key)}: ${repr(item)}`))}}`;
}

function joined(items: readonly string[]): string {
  checkLength(items.reduce((sum, item) => sum + item.length + 2, 0));
  return items.join(", ");
}

/** Returns a float as Python writes it: the shortest digits that read back the same. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits = "", exponent = "0"] = value.toExponential().split("e");
    const power = Number(exponent);
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const text = size >= 1e16 ? value.toFixed(0) : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

const ESCAPED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** What Python escapes in a repr: everything that is not printable. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

function quote(text: string): string {
  spend(text.length / CHARACTERS);
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let quoted = "";
  for (const character of text) {
    const escape = ESCAPED[character];
    if (escape !== undefined) quoted += escape;
    else if (character === mark) quoted += `\\${character}`;
    else quoted += UNPRINTABLE.test(character) ? hexEscape(character) : character;
  }
  return mark + quoted + mark;
}

function hexEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
