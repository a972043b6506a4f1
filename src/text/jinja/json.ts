// Tested by: test/text/jinja/odd-templates.test.ts
/** The filter `tojson`, as transformers has it: Python's `json.dumps`. */
import { failed } from "./fault.ts";
import { CHARACTERS, checkLength, spend } from "./limits.ts";
import { floatText } from "./text.ts";
import { compare, Float, isTrue, Tuple, typeName, type Value } from "./values.ts";

export interface JsonOptions {
  readonly ensureAscii: Value;
  readonly indent: Value;
  readonly separators: Value;
  readonly sortKeys: Value;
}

interface Style {
  readonly ascii: boolean;
  readonly indent: string | undefined;
  readonly comma: string;
  readonly colon: string;
  readonly sorted: boolean;
}

/** Returns `json.dumps(value, …)`. */
export function toJson(value: Value, options: JsonOptions): string {
  const { indent } = options;
  const text =
    indent === null
      ? undefined
      : typeof indent === "string"
        ? indent
        : typeof indent === "number" || typeof indent === "boolean"
          ? " ".repeat(Math.min(1000, Math.max(0, Number(indent))))
          : fault("indent");
  const [comma, colon] = separatorsOf(options.separators, text);
  const style: Style = {
    ascii: isTrue(options.ensureAscii),
    indent: text,
    comma,
    colon,
    sorted: isTrue(options.sortKeys),
  };
  const json = write(value, style, "\n");
  checkLength(json.length);
  return json;
}

function fault(option: string): never {
  throw failed(`tojson: ${option} has a wrong type`);
}

function separatorsOf(value: Value, indent: string | undefined): readonly [string, string] {
  if (value === null) return [indent === undefined ? ", " : ",", ": "];
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : [];
  const [comma, colon] = items;
  if (items.length !== 2 || typeof comma !== "string" || typeof colon !== "string") {
    return fault("separators");
  }
  return [comma, colon];
}

/**
 * Writes a value.
 * @param newline a line break with the indent of the value's own line
 */
function write(value: Value, style: Style, newline: string): string {
  spend(1);
  if (value === null) return "null";
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "string") return quoteJson(value, style.ascii);
  if (value instanceof Float) return jsonFloat(value.value);
  const inner = style.indent === undefined ? "" : newline + style.indent;
  const outer = style.indent === undefined ? "" : newline;
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = Array.isArray(value) ? value : value.items;
    if (items.length === 0) return "[]";
    const written = items.map((item) => write(item, style, inner));
    return `[${inner}${joined(written, style.comma + inner)}${outer}]`;
  }
  if (value instanceof Map) {
    if (value.size === 0) return "{}";
    let pairs = [...value.values()];
    if (style.sorted) pairs = pairs.toSorted(([a], [b]) => compare(a, b, "<"));
    const written = pairs.map(([key, item]) => {
      return quoteJson(keyText(key), style.ascii) + style.colon + write(item, style, inner);
    });
    return `{${inner}${joined(written, style.comma + inner)}${outer}}`;
  }
  throw failed(`Object of type ${typeName(value)} is not JSON serializable`);
}

function joined(items: readonly string[], by: string): string {
  checkLength(items.reduce((sum, item) => sum + item.length + by.length, 0));
  return items.join(by);
}

function keyText(key: Value): string {
  if (typeof key === "string") return key;
  if (key === null) return "null";
  if (typeof key === "boolean" || typeof key === "number") return String(key);
  if (key instanceof Float) return jsonFloat(key.value);
  throw failed(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonFloat(value: number): string {
  if (Number.isFinite(value)) return floatText(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

function quoteJson(text: string, ascii: boolean): string {
  spend(text.length / CHARACTERS);
  // oxlint-disable-next-line no-control-regex
  const escaped = ascii ? /["\\]|[^ -~]/g : /["\\\0-\x1f]/g;
  const quoted = text.replace(escaped, (unit) => {
    return SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${quoted}"`;
}
