// Tested by: test/text/jinja/odd-templates.test.ts
/** Jinja2's filters, and transformers' own `tojson`. Python: jinja2/filters.py. */
import { bind, type Parameter } from "./arguments.ts";
import { failed, unsupported } from "./fault.ts";
import { formatPercent } from "./format.ts";
import { toJson } from "./json.ts";
import { checkLength, spend } from "./limits.ts";
import { arithmetic, attribute, subscript } from "./operators.ts";
import { asInteger, round, toFloat, toInteger } from "./number-filters.ts";
import { str } from "./text.ts";
import { runTest } from "./tests.ts";
import { capitalise, centerLeft, replaceIn, textMethod } from "./text-methods.ts";
import {
  characters,
  compare,
  dictOf,
  equals,
  Float,
  isTrue,
  iterate,
  keyOf,
  Lazy,
  lengthOf,
  Tuple,
  typeName,
  Undefined,
  View,
  type Value,
} from "./values.ts";

type Named = ReadonlyMap<string, Value>;

interface Filter {
  readonly parameters: readonly Parameter[];
  readonly run: (value: Value, ...args: Value[]) => Value;
}

/** Filters that bind their arguments themselves. */
type FreeFilter = (value: Value, args: readonly Value[], named: Named) => Value;

const NOT_HERE = [
  "e",
  "escape",
  "filesizeformat",
  "forceescape",
  "pprint",
  "random",
  "striptags",
  "urlencode",
  "urlize",
  "wordwrap",
  "xmlattr",
];

/** Returns whether Jinja2 has a filter of that name. */
export function isFilter(name: string): boolean {
  return Object.hasOwn(FILTERS, name) || Object.hasOwn(FREE, name) || NOT_HERE.includes(name);
}

/** Returns `value | name(*args, **named)`. */
export function runFilter(name: string, value: Value, args: readonly Value[], named: Named): Value {
  if (typeof value === "string") spend(1 + value.length / 64);
  const free = Object.hasOwn(FREE, name) ? FREE[name] : undefined;
  if (free) return free(value, args, named);
  const own = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (own) return own.run(value, ...bind(name, own.parameters, args, named));
  throw NOT_HERE.includes(name)
    ? unsupported(`the filter ${name}`)
    : failed(`No filter named '${name}'`);
}

function filter(run: Filter["run"], ...parameters: readonly Parameter[]): Filter {
  return { parameters, run };
}

function lowerText(value: Value): Value {
  return typeof value === "string" ? value.toLowerCase() : value;
}

/** Returns a function that reads a dotted attribute, as `make_attrgetter`. */
function getter(path: Value, otherwise: Value = null): (item: Value) => Value {
  const parts: Value[] =
    path === null
      ? []
      : typeof path === "string"
        ? path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part))
        : [path];
  return (item) =>
    parts.reduce((value: Value, part) => {
      const next = subscript(value, part);
      return otherwise !== null && next instanceof Undefined ? otherwise : next;
    }, item);
}

/** Returns the values sorted by keys; equal ones stay in order, also in reverse. */
function sortBy(
  values: Iterable<Value>,
  keyFor: (value: Value) => Value,
  isReverse: Value,
): Value[] {
  const sign = isTrue(isReverse) ? -1 : 1;
  const keyed = Array.from(values, (value) => [keyFor(value), value] as const);
  return keyed.toSorted(([a], [b]) => sign * compare(a, b, "<")).map(([, value]) => value);
}

function extreme(value: Value, caseSensitive: Value, path: Value, sign: 1 | -1): Value {
  const read = getter(path);
  const keyFor = (item: Value): Value => {
    const key = read(item);
    return isTrue(caseSensitive) ? key : lowerText(key);
  };
  let best: readonly [Value, Value] | undefined;
  for (const item of iterate(value)) {
    const key = keyFor(item);
    if (!best || sign * compare(key, best[0], sign < 0 ? "<" : ">") > 0) best = [key, item];
  }
  return best ? best[1] : new Undefined("No aggregated item, sequence was empty.");
}

function* select(
  value: Value,
  args: readonly Value[],
  named: Named,
  isAttribute: boolean,
  wanted: boolean,
): Generator<Value> {
  if (!isTrue(value)) return;
  const [first, ...others] = args;
  if (isAttribute && first === undefined) throw failed("Missing parameter for attribute name");
  const read = isAttribute ? getter(first ?? null) : (item: Value): Value => item;
  const [name, ...rest] = isAttribute ? others : args;
  for (const item of iterate(value)) {
    const passes =
      name === undefined ? isTrue(read(item)) : runTest(str(name), read(item), rest, named);
    if (passes === wanted) yield item;
  }
}

function* map(value: Value, args: readonly Value[], named: Named): Generator<Value> {
  if (!isTrue(value)) return;
  const path = named.get("attribute");
  let of: (item: Value) => Value;
  if (args.length === 0 && path !== undefined) {
    for (const name of named.keys()) {
      if (name !== "attribute" && name !== "default") {
        throw failed(`Unexpected keyword argument '${name}'`);
      }
    }
    of = getter(path, named.get("default") ?? null);
  } else {
    const [name, ...rest] = args;
    if (name === undefined) throw failed("map requires a filter argument");
    of = (item) => runFilter(str(name), item, rest, named);
  }
  for (const item of iterate(value)) yield of(item);
}

function* batch(value: Value, count: Value, fill: Value): Generator<Value> {
  const size = asInteger(count);
  let row: Value[] = [];
  for (const item of iterate(value)) {
    if (row.length === size) {
      yield row;
      row = [];
    }
    row.push(item);
  }
  if (row.length === 0) return;
  if (fill !== null) checkLength(size);
  while (fill !== null && row.length < size) row.push(fill);
  yield row;
}

function* slices(value: Value, count: Value, fill: Value): Generator<Value> {
  const items = [...iterate(value)];
  const parts = asInteger(count);
  if (parts === 0) throw failed("integer division or modulo by zero");
  checkLength(parts);
  const size = Math.floor(items.length / parts);
  const longer = items.length % parts;
  let begin = 0;
  for (let i = 0; i < parts; i++) {
    const end = begin + size + (i < longer ? 1 : 0);
    const part = items.slice(begin, end);
    if (fill !== null && i >= longer) part.push(fill);
    begin = end;
    yield part;
  }
}

function groupBy(value: Value, path: Value, otherwise: Value, caseSensitive: Value): Value {
  const read = getter(path, otherwise);
  const keyFor = (item: Value): Value =>
    isTrue(caseSensitive) ? read(item) : lowerText(read(item));
  const groups: [Value, Value[]][] = [];
  for (const item of sortBy(iterate(value), keyFor, false)) {
    const last = groups.at(-1);
    if (last && equals(last[0], keyFor(item))) last[1].push(item);
    else groups.push([keyFor(item), [item]]);
  }
  return groups.map(([key, items]) => {
    const shown = isTrue(caseSensitive) ? key : read(items[0] ?? null);
    return new Tuple([shown, items]);
  });
}

function spaces(count: number): string {
  checkLength(count);
  return " ".repeat(Math.max(0, count));
}

function indent(value: Value, width: Value, first: Value, blank: Value): Value {
  if (typeof value !== "string") throw failed("indent: can only concatenate str");
  const space = typeof width === "string" ? width : spaces(asInteger(width));
  const lines = [...iterate(textMethod(`${value}\n`, "splitlines", [], new Map()))].map(str);
  const rest = lines.slice(1);
  checkLength(value.length + lines.length * space.length);
  const indented = isTrue(blank)
    ? lines.join(`\n${space}`)
    : [lines[0] ?? "", ...rest.map((line) => (line === "" ? line : space + line))].join("\n");
  checkLength(indented.length);
  return isTrue(first) ? space + indented : indented;
}

function unique(value: Value, caseSensitive: Value, path: Value): Value {
  const read = getter(path);
  const seen = new Set<string>();
  const kept: Value[] = [];
  for (const item of iterate(value)) {
    const key = keyOf(isTrue(caseSensitive) ? read(item) : lowerText(read(item)));
    if (!seen.has(key)) kept.push(item);
    seen.add(key);
  }
  return new Lazy(kept.values());
}

function reverseValue(value: Value): Value {
  if (typeof value === "string") return characters(value).toReversed().join("");
  return new Lazy([...iterate(value)].toReversed().values());
}

function dictSort(value: Value, caseSensitive: Value, by: Value, isReverse: Value): Value {
  if (by !== "key" && by !== "value") throw failed('You can only sort by either "key" or "value"');
  if (value instanceof Undefined) value.fail();
  if (!(value instanceof Map)) throw failed(`'${typeName(value)}' object has no attribute 'items'`);
  const keyFor = (item: Value): Value => {
    const part = subscript(item, by === "key" ? 0 : 1);
    return isTrue(caseSensitive) ? part : lowerText(part);
  };
  return sortBy(iterate(new View("items", value)), keyFor, isReverse);
}

function sortValues(value: Value, isReverse: Value, caseSensitive: Value, path: Value): Value {
  const reads = (typeof path === "string" ? path.split(",") : [path]).map((part) => getter(part));
  const keyFor = (item: Value): Value =>
    reads.map((read) => (isTrue(caseSensitive) ? read(item) : lowerText(read(item))));
  return sortBy(iterate(value), keyFor, isReverse);
}

// oxlint-disable-next-line no-control-regex -- Python takes these for white space
const WORD_BEGINS = /([-\s\x1c-\x1f\x85({[<]+)/u;

/** Capitalises as Jinja2 does: words begin after spaces, hyphens and opening brackets. */
function title(value: Value): Value {
  const parts = str(value).split(WORD_BEGINS);
  return parts
    .map((part) => {
      const [first = "", ...rest] = part;
      return first.toUpperCase() + rest.join("").toLowerCase();
    })
    .join("");
}

function truncate(value: Value, length: Value, killWords: Value, end: Value, leeway: Value): Value {
  const [most, spare] = [asInteger(length), leeway === null ? 5 : asInteger(leeway)];
  if (value instanceof Undefined) return "";
  if (typeof value !== "string") throw unsupported("the filter truncate of what is not a text");
  const letters = characters(value);
  const tail = str(end);
  if (most < lengthOf(tail)) throw failed(`expected length >= ${lengthOf(tail)}, got ${most}`);
  if (letters.length <= most + spare) return value;
  const cut = letters.slice(0, most - lengthOf(tail)).join("");
  if (isTrue(killWords)) return cut + tail;
  const space = cut.lastIndexOf(" ");
  return (space < 0 ? cut : cut.slice(0, space)) + tail;
}

function replace(value: Value, from: Value, to: Value, count: Value): Value {
  return replaceIn(str(value), str(from), str(to), count === null ? -1 : asInteger(count));
}

const FREE: Readonly<Record<string, FreeFilter>> = {
  map: (value, args, named) => new Lazy(map(value, args, named)),
  select: (value, args, named) => new Lazy(select(value, args, named, false, true)),
  reject: (value, args, named) => new Lazy(select(value, args, named, false, false)),
  selectattr: (value, args, named) => new Lazy(select(value, args, named, true, true)),
  rejectattr: (value, args, named) => new Lazy(select(value, args, named, true, false)),
  format(value, args, named) {
    if (args.length > 0 && named.size > 0) {
      throw failed("can't handle positional and keyword arguments at the same time");
    }
    return formatPercent(str(value), named.size > 0 ? dictOf(named) : new Tuple(args));
  },
};

const length = filter(lengthOf);
const fallback = filter(
  (value, otherwise = "", isBoolean = false) => {
    const isMissing = value instanceof Undefined || (isTrue(isBoolean) && !isTrue(value));
    return isMissing ? otherwise : value;
  },
  ["default_value", ""],
  ["boolean", false],
);

const FILTERS: Readonly<Record<string, Filter>> = {
  abs: filter((value) => {
    if (value instanceof Float) return new Float(Math.abs(value.value));
    if (value instanceof Undefined) value.fail();
    return Math.abs(asInteger(value));
  }),
  attr: filter((value, name = null) => {
    const found = typeof name === "string" ? attribute(value, name) : null;
    // A dict's items are not its attributes.
    const isItem = value instanceof Map && typeof name === "string" && value.has(keyOf(name));
    return isItem ? new Undefined(`'dict' has no attribute '${str(name)}'`) : found;
  }, "name"),
  batch: filter(
    (value, count = null, fill = null) => new Lazy(batch(value, count, fill)),
    "linecount",
    ["fill_with", null],
  ),
  capitalize: filter((value) => capitalise(str(value))),
  center: filter(
    (value, width = 80) => {
      const missing = Math.max(0, asInteger(width) - lengthOf(str(value)));
      checkLength(missing);
      const left = centerLeft(missing, asInteger(width));
      return " ".repeat(left) + str(value) + " ".repeat(missing - left);
    },
    ["width", 80],
  ),
  count: length,
  d: fallback,
  default: fallback,
  dictsort: filter(
    (value, caseSensitive = false, by = "key", isReverse = false) =>
      dictSort(value, caseSensitive, by, isReverse),
    ["case_sensitive", false],
    ["by", "key"],
    ["reverse", false],
  ),
  first: filter((value) => {
    for (const item of iterate(value)) return item;
    return new Undefined("No first item, sequence was empty.");
  }),
  float: filter((value, otherwise = null) => toFloat(value, otherwise), ["default", new Float(0)]),
  groupby: filter(
    (value, path = null, otherwise = null, caseSensitive = false) =>
      groupBy(value, path, otherwise, caseSensitive),
    "attribute",
    ["default", null],
    ["case_sensitive", false],
  ),
  indent: filter(
    (value, width = 4, first = false, blank = false) => indent(value, width, first, blank),
    ["width", 4],
    ["first", false],
    ["blank", false],
  ),
  int: filter(
    (value, otherwise = 0, base = 10) => toInteger(value, otherwise, base),
    ["default", 0],
    ["base", 10],
  ),
  items: filter((value) => {
    if (value instanceof Undefined) return new Lazy([].values());
    if (!(value instanceof Map)) throw failed("Can only get item pairs from a mapping.");
    return new Lazy(iterate(new View("items", value)));
  }),
  join: filter(
    (value, by = "", path = null) => {
      const read = getter(path);
      const parts = Array.from(iterate(value), (item) => str(read(item)));
      checkLength(parts.reduce((sum, part) => sum + part.length + str(by).length, 0));
      return parts.join(str(by));
    },
    ["d", ""],
    ["attribute", null],
  ),
  last: filter((value) => {
    if (value instanceof Lazy) throw failed("'generator' object is not reversible");
    const items = typeof value === "string" ? characters(value) : [...iterate(value)];
    return items.at(-1) ?? new Undefined("No last item, sequence was empty.");
  }),
  length,
  list: filter((value) => [...iterate(value)]),
  lower: filter((value) => str(value).toLowerCase()),
  max: filter(
    (value, caseSensitive = false, path = null) => extreme(value, caseSensitive, path, 1),
    ["case_sensitive", false],
    ["attribute", null],
  ),
  min: filter(
    (value, caseSensitive = false, path = null) => extreme(value, caseSensitive, path, -1),
    ["case_sensitive", false],
    ["attribute", null],
  ),
  replace: filter(
    (value, from = null, to = null, count = null) => replace(value, from, to, count),
    "old",
    "new",
    ["count", null],
  ),
  reverse: filter(reverseValue),
  round: filter(
    (value, precision = 0, method = "common") => round(value, precision, method),
    ["precision", 0],
    ["method", "common"],
  ),
  // Nothing is escaped in a chat, so a text that is safe is the text.
  safe: filter(str),
  slice: filter(
    (value, count = null, fill = null) => new Lazy(slices(value, count, fill)),
    "slices",
    ["fill_with", null],
  ),
  sort: filter(
    (value, isReverse = false, caseSensitive = false, path = null) =>
      sortValues(value, isReverse, caseSensitive, path),
    ["reverse", false],
    ["case_sensitive", false],
    ["attribute", null],
  ),
  string: filter(str),
  sum: filter(
    (value, path = null, start = 0) => {
      const read = getter(path);
      if (typeof start === "string") throw failed("sum() can't sum strings");
      let total: Value = start;
      for (const item of iterate(value)) total = arithmetic("+", total, read(item));
      return total;
    },
    ["attribute", null],
    ["start", 0],
  ),
  title: filter(title),
  tojson: filter(
    (value, ensureAscii = false, indentBy = null, separators = null, sortKeys = false) =>
      toJson(value, { ensureAscii, indent: indentBy, separators, sortKeys }),
    ["ensure_ascii", false],
    ["indent", null],
    ["separators", null],
    ["sort_keys", false],
  ),
  trim: filter(
    (value, set = null) => textMethod(str(value), "strip", set === null ? [] : [set], new Map()),
    ["chars", null],
  ),
  truncate: filter(
    (value, most = 255, killWords = false, end = "...", leeway = null) =>
      truncate(value, most, killWords, end, leeway),
    ["length", 255],
    ["killwords", false],
    ["end", "..."],
    ["leeway", null],
  ),
  unique: filter(
    (value, caseSensitive = false, path = null) => unique(value, caseSensitive, path),
    ["case_sensitive", false],
    ["attribute", null],
  ),
  upper: filter((value) => str(value).toUpperCase()),
  wordcount: filter((value) => (str(value).match(/[\p{L}\p{N}_]+/gu) ?? []).length),
};
