// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * Python's values, as a template sees them.
 *
 *     None null · bool boolean · int number · str string · list array · dict Map
 *     float Float · tuple Tuple · range Range · generator Lazy · dict view View
 *
 * Integers beyond 2^53 are refused.
 */
import { failed, missing, unsupported } from "./fault.ts";
import { CHARACTERS, checkLength, spend, VALUES } from "./limits.ts";

export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** Jinja2's Undefined: prints as nothing, and fails on any other use. */
export class Undefined {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
  fail(): never {
    throw missing(this.what);
  }
}

export class Range {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;
  constructor(start: number, stop: number, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }
  at(index: number): number {
    return this.start + index * this.step;
  }
}

/** A generator, which gives its values once. */
export class Lazy {
  readonly values: Iterator<Value>;
  constructor(values: Iterator<Value>) {
    this.values = values;
  }
}

/** `dict.items()`, `.keys()` or `.values()`. */
export class View {
  readonly kind: "items" | "keys" | "values";
  readonly of: Dict;
  constructor(kind: View["kind"], of: Dict) {
    this.kind = kind;
    this.of = of;
  }
}

export class Namespace {
  readonly attributes: Map<string, Value> = new Map();
}

/** A function, method, macro or class of a template. */
export class Callable {
  readonly name: string;
  readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;
  /** Attributes that templates may read: `name` of a macro. */
  readonly attributes: ReadonlyMap<string, Value>;
  constructor(
    name: string,
    call: Callable["call"],
    attributes: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.name = name;
    this.call = call;
    this.attributes = attributes;
  }
}

/** An object with attributes of its own: `loop`, `cycler`. */
export class Instance {
  readonly name: string;
  readonly read: (attribute: string) => Value | undefined;
  readonly call: Callable["call"] | undefined;
  constructor(name: string, read: Instance["read"], call?: Callable["call"]) {
    this.name = name;
    this.read = read;
    this.call = call;
  }
}

/** By `keyOf` of its keys, so that 1, 1.0 and True are one. */
export type Dict = Map<string, readonly [Value, Value]>;

export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | Dict
  | Float
  | Tuple
  | Undefined
  | Range
  | Lazy
  | View
  | Namespace
  | Callable
  | Instance;

/** Returns Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "int";
  if (typeof value === "string") return "str";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "dict";
  if (value instanceof Float) return "float";
  if (value instanceof Tuple) return "tuple";
  if (value instanceof Range) return "range";
  if (value instanceof Lazy) return "generator";
  if (value instanceof View) return `dict_${value.kind}`;
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Namespace) return "Namespace";
  return value.name;
}

/** Returns the key under which a dict stores a value. @throws TemplateFault for a list or dict */
export function keyOf(value: Value): string {
  spend(1 / VALUES);
  if (typeof value === "string") {
    spend(value.length / 64);
    return `s${value}`;
  }
  if (typeof value === "number") return `n${value === 0 ? 0 : value}`;
  if (typeof value === "boolean") return `n${Number(value)}`;
  if (value === null) return "None";
  if (value instanceof Float) return `n${value.value === 0 ? 0 : value.value}`;
  if (value instanceof Tuple) {
    const keys = value.items.map(keyOf).map(escapeKey);
    checkLength(keys.reduce((sum, key) => sum + key.length, 0));
    return `(${keys.join()})`;
  }
  if (value instanceof Undefined) return "Undefined";
  if (Array.isArray(value) || value instanceof Map) {
    throw failed(`unhashable type: '${typeName(value)}'`);
  }
  throw unsupported(`a ${typeName(value)} as a key`);
}

function escapeKey(key: string): string {
  return `${key.length}:${key}`;
}

export function dictOf(pairs: Iterable<readonly [Value, Value]>): Dict {
  const dict: Dict = new Map();
  for (const [key, value] of pairs) setItem(dict, key, value);
  return dict;
}

/** Stores an item; a key that is there already stays as it was spelled. */
export function setItem(dict: Dict, key: Value, value: Value): void {
  const id = keyOf(key);
  dict.set(id, [dict.get(id)?.[0] ?? key, value]);
}

/** Returns whether Python takes a value for true. */
export function isTrue(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === "") return false;
  if (value instanceof Undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Range) return value.length > 0;
  if (value instanceof View) return value.of.size > 0;
  return true;
}

/** Returns the characters of a text as Python counts them: code points. */
export function characters(text: string): string[] {
  spend(text.length / CHARACTERS);
  return Array.from(text);
}

/** Returns how many code points a text has. */
export function textLength(text: string): number {
  spend(text.length / 64);
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    if ((text.codePointAt(i) ?? 0) > 0xffff) {
      count -= 1;
      i += 1;
    }
  }
  return count;
}

/** Returns the values that a `for` goes through. @throws TemplateFault if it cannot */
export function* iterate(value: Value): Generator<Value> {
  const each = 1 / VALUES;
  if (typeof value === "string") for (const letter of value) yield ((spend(each), letter));
  else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield ((spend(each), value[i] ?? null));
  } else if (value instanceof Map) {
    for (const [key] of value.values()) yield ((spend(each), key));
  } else if (value instanceof Tuple) {
    for (const item of value.items) yield ((spend(each), item));
  } else if (value instanceof Range) {
    for (let i = 0; i < value.length; i++) yield ((spend(each), value.at(i)));
  } else if (value instanceof View) {
    for (const item of iterateView(value)) yield ((spend(each), item));
  } else if (value instanceof Lazy) {
    for (;;) {
      const { done, value: next } = value.values.next();
      if (done === true) return;
      yield ((spend(each), next));
    }
  } else if (!(value instanceof Undefined)) {
    throw failed(`'${typeName(value)}' object is not iterable`);
  }
}

function* iterateView({ kind, of }: View): Generator<Value> {
  for (const [key, item] of of.values()) {
    yield kind === "keys" ? key : kind === "values" ? item : new Tuple([key, item]);
  }
}

/** Returns `len(value)`. */
export function lengthOf(value: Value): number {
  if (typeof value === "string") return textLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Range) return value.length;
  if (value instanceof View) return value.of.size;
  if (value instanceof Undefined) return 0;
  throw failed(`object of type '${typeName(value)}' has no len()`);
}

/** Returns a number's value, with bools as 0 and 1; undefined for anything else. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return value instanceof Float ? value.value : undefined;
}

/** Returns an int. @throws TemplateFault beyond 2^53, where JavaScript would round */
export function integer(value: number): number {
  if (!Number.isSafeInteger(value)) throw unsupported("an integer beyond 2^53");
  return value === 0 ? 0 : value;
}

/** Returns `a == b`. */
export function equals(a: Value, b: Value): boolean {
  spend(1 / VALUES);
  if (typeof a === "string" && typeof b === "string") spend(Math.min(a.length, b.length) / 1024);
  if (a === b) return true;
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined || right !== undefined) return left === right;
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b);
  if (a instanceof Tuple) return b instanceof Tuple && equalLists(a.items, b.items);
  if (a instanceof Map) return b instanceof Map && equalDicts(a, b);
  if (a instanceof Undefined) return b instanceof Undefined;
  if (a instanceof Range && b instanceof Range) {
    return equalLists([...iterate(a)], [...iterate(b)]);
  }
  if (a instanceof View && b instanceof View) throw unsupported("comparing two dict views");
  return false;
}

function equalLists(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, i) => equals(item, b[i] ?? null));
}

function equalDicts(a: Dict, b: Dict): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, [, value]]) => {
    const other = b.get(key);
    return other !== undefined && equals(value, other[1]);
  });
}

/** Returns below, equal or above 0 as `a` is less than, equal to or more than `b`. */
export function compare(a: Value, b: Value, operator: string): number {
  spend(1 / VALUES);
  if (a instanceof Undefined) a.fail();
  if (b instanceof Undefined) b.fail();
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined && right !== undefined) return left - right;
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  const lists: [readonly Value[], readonly Value[]] | undefined =
    Array.isArray(a) && Array.isArray(b)
      ? [a, b]
      : a instanceof Tuple && b instanceof Tuple
        ? [a.items, b.items]
        : undefined;
  if (!lists) {
    throw failed(
      `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
    );
  }
  const [first, second] = lists;
  const at = first.findIndex((item, i) => i >= second.length || !equals(item, second[i] ?? null));
  if (at < 0 || at >= second.length) return first.length - second.length;
  return compare(first[at] ?? null, second[at] ?? null, operator);
}

/** Compares by code points; JavaScript's own order is by UTF-16 units. */
function compareTexts(a: string, b: string): number {
  const left = characters(a);
  const right = characters(b);
  const at = left.findIndex((character, i) => character !== right[i]);
  if (at < 0 || at >= right.length) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
}
