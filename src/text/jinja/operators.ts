// Tested by: test/text/jinja/odd-templates.test.ts
/** Operators, subscripts and attributes, as Python and Jinja2's immutable sandbox have them. */
import { failed, unsupported } from "./fault.ts";
import { formatPercent } from "./format.ts";
import { dictMethod, listMethod } from "./collections.ts";
import { isTextMethod, textMethod } from "./text-methods.ts";
import { checkLength, spend, spendSearch, VALUES } from "./limits.ts";
import {
  Callable,
  characters,
  compare,
  equals,
  Float,
  Instance,
  integer,
  iterate,
  keyOf,
  lengthOf,
  Namespace,
  numberOf,
  Range,
  Tuple,
  typeName,
  Undefined,
  View,
  type Value,
} from "./values.ts";

/** Returns `left operator right` of arithmetic. */
export function arithmetic(operator: string, left: Value, right: Value): Value {
  if (left instanceof Undefined) left.fail();
  if (operator === "%" && typeof left === "string") return formatPercent(left, right);
  if (right instanceof Undefined) right.fail();
  const a = numberOf(left);
  const b = numberOf(right);
  if (a !== undefined && b !== undefined) {
    return calculate(operator, a, b, left instanceof Float || right instanceof Float);
  }
  if (operator === "+") {
    if (typeof left === "string" && typeof right === "string") {
      checkLength(left.length + right.length);
      return left + right;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      checkItems(left.length + right.length);
      return [...left, ...right];
    }
    if (left instanceof Tuple && right instanceof Tuple) {
      checkItems(left.items.length + right.items.length);
      return new Tuple([...left.items, ...right.items]);
    }
  }
  if (operator === "*") {
    if (typeof left !== "object" || left === null) {
      if (typeof left !== "string") return arithmeticOfSequence(right, left);
    }
    return arithmeticOfSequence(left, right);
  }
  throw wrongTypes(operator, left, right);
}

/** Refuses long lists, and takes account of their making. */
function checkItems(length: number): void {
  checkLength(length);
  spend(length / VALUES);
}

/** Returns a sequence repeated. */
function arithmeticOfSequence(sequence: Value, count: Value): Value {
  if (typeof count !== "number" && typeof count !== "boolean") {
    throw wrongTypes("*", sequence, count);
  }
  const times = Math.max(0, Number(count));
  if (typeof sequence === "string") {
    checkLength(sequence.length * times);
    return sequence.repeat(times);
  }
  const items = Array.isArray(sequence)
    ? sequence
    : sequence instanceof Tuple
      ? sequence.items
      : undefined;
  if (!items) throw wrongTypes("*", sequence, count);
  checkItems(items.length * times);
  const repeated = Array.from({ length: times }, () => items).flat();
  return Array.isArray(sequence) ? repeated : new Tuple(repeated);
}

function calculate(operator: string, a: number, b: number, isFloat: boolean): Value {
  const result = (value: number): Value => (isFloat ? new Float(value) : integer(value));
  if (b === 0 && ["/", "//", "%"].includes(operator)) throw failed("division by zero");
  switch (operator) {
    case "+":
      return result(a + b);
    case "-":
      return result(a - b);
    case "*":
      return result(a * b);
    case "/":
      return new Float(a / b);
    case "//":
      return result(floorDivide(a, b));
    case "%":
      return result(modulo(a, b));
    case "**": {
      if (a === 0 && b < 0) throw failed("0.0 cannot be raised to a negative power");
      const power = a ** b;
      if (Number.isNaN(power) && a < 0) throw unsupported("complex numbers");
      if (!Number.isFinite(power) && Number.isFinite(a) && isFloat) {
        throw failed("Numerical result out of range");
      }
      return isFloat || b < 0 ? new Float(power) : integer(power);
    }
    default:
      throw unsupported(`the operator ${operator}`);
  }
}

/** Returns Python's `a % b`: it has the sign of b. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

/** Returns Python's `a // b`, by way of the rest, as `float_divmod` does. */
function floorDivide(a: number, b: number): number {
  const rest = a % b;
  let quotient = (a - rest) / b;
  if (rest !== 0 && rest < 0 !== b < 0) quotient -= 1;
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function wrongTypes(operator: string, left: Value, right: Value): Error {
  const types = `'${typeName(left)}' and '${typeName(right)}'`;
  return failed(`unsupported operand type(s) for ${operator}: ${types}`);
}

/** Returns `-value` or `+value`. */
export function signed(value: Value, sign: 1 | -1): Value {
  if (value instanceof Undefined) value.fail();
  if (value instanceof Float) return new Float(sign * value.value);
  const number = numberOf(value);
  if (number === undefined) throw failed(`bad operand type for unary: '${typeName(value)}'`);
  return integer(sign * number);
}

/** Returns `left operator right` of a comparison. */
export function comparison(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return equals(left, right);
    case "!=":
      return !equals(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    case "<":
      return compare(left, right, operator) < 0;
    case "<=":
      return compare(left, right, operator) <= 0;
    case ">":
      return compare(left, right, operator) > 0;
    default:
      return compare(left, right, operator) >= 0;
  }
}

/** Returns `item in container`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === "string") {
    if (typeof item === "string") {
      spendSearch(container, item);
      return container.includes(item);
    }
    throw failed(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (container instanceof Map) return container.has(keyOf(item));
  if (container instanceof View && container.kind === "keys") return container.of.has(keyOf(item));
  for (const each of iterate(container)) if (equals(each, item)) return true;
  return false;
}

/** Returns `value.name`: an attribute, else an item, else undefined. */
export function attribute(value: Value, name: string): Value {
  if (value instanceof Undefined) value.fail();
  const own = ownAttribute(value, name);
  if (own !== undefined) return own;
  if (value instanceof Map) {
    const found = value.get(keyOf(name));
    if (found) return found[1];
  }
  return undefinedOf(value, name);
}

/** Returns `value[key]`: an item, else an attribute, else undefined. */
export function subscript(value: Value, key: Value): Value {
  if (value instanceof Undefined) value.fail();
  const item = itemOf(value, key);
  if (item !== undefined) return item;
  const own = typeof key === "string" ? ownAttribute(value, key) : undefined;
  return own ?? undefinedOf(value, key);
}

function itemOf(value: Value, key: Value): Value | undefined {
  if (value instanceof Map) return value.get(keyOf(key))?.[1];
  if (typeof key !== "number" && typeof key !== "boolean") return undefined;
  const length = isSequence(value) ? lengthOf(value) : 0;
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  if (index < 0 || index >= length) return undefined;
  if (typeof value === "string") return characters(value)[index];
  if (Array.isArray(value)) return value[index];
  if (value instanceof Tuple) return value.items[index];
  return value instanceof Range ? value.at(index) : undefined;
}

/** Returns whether a value has places that are counted. */
export function isSequence(value: Value): boolean {
  return (
    typeof value === "string" ||
    Array.isArray(value) ||
    value instanceof Tuple ||
    value instanceof Range
  );
}

/** Returns what Python's `getattr` gives, as far as the sandbox lets it through. */
function ownAttribute(value: Value, name: string): Value | undefined {
  if (name.startsWith("_")) return undefined;
  if (typeof value === "string") {
    if (!isTextMethod(name)) return undefined;
    return new Callable(name, (args, named) => textMethod(value, name, args, named));
  }
  if (value instanceof Map) return dictMethod(value, name);
  if (Array.isArray(value) || value instanceof Tuple) return listMethod(value, name);
  if (value instanceof Namespace) return value.attributes.get(name);
  if (value instanceof Callable) return value.attributes.get(name);
  if (value instanceof Instance) return value.read(name);
  const isNumber = numberOf(value) !== undefined;
  if (isNumber && NUMBER_ATTRIBUTES.includes(name)) throw unsupported(`a number's .${name}`);
  if (value instanceof Range && ["start", "stop", "step", "count", "index"].includes(name)) {
    throw unsupported(`a range's .${name}`);
  }
  return undefined;
}

const NUMBER_ATTRIBUTES = [
  "as_integer_ratio",
  "bit_count",
  "bit_length",
  "conjugate",
  "denominator",
  "fromhex",
  "from_bytes",
  "from_number",
  "hex",
  "imag",
  "is_integer",
  "numerator",
  "real",
  "to_bytes",
];

function undefinedOf(value: Value, key: Value): Undefined {
  const name = typeof key === "string" ? `'${key}'` : "such element";
  return new Undefined(
    value === null ? `'None' has no attribute ${name}` : `'${typeName(value)}' has no ${name}`,
  );
}

/** Returns `value[start:stop:step]`. */
export function slice(value: Value, bounds: readonly (Value | undefined)[]): Value {
  if (value instanceof Undefined) value.fail();
  if (!isSequence(value)) throw failed(`'${typeName(value)}' object is not subscriptable`);
  const numbers = bounds.map((bound) => {
    if (bound === undefined || bound === null) return undefined;
    if (bound instanceof Undefined) bound.fail();
    if (typeof bound === "number" || typeof bound === "boolean") return Number(bound);
    throw failed("slice indices must be integers or None");
  });
  if (value instanceof Range) return sliceRange(value, numbers);
  const items: readonly Value[] = [...iterate(value)];
  const indexes = sliceIndexes(items.length, numbers);
  if (typeof value === "string") {
    const letters = characters(value);
    return indexes.map((index) => letters[index] ?? "").join("");
  }
  const chosen = indexes.map((index) => items[index] ?? null);
  return Array.isArray(value) ? chosen : new Tuple(chosen);
}

function sliceRange(range: Range, bounds: readonly (number | undefined)[]): Range {
  const [begin, end, step] = sliceBounds(range.length, bounds);
  return new Range(range.at(begin), range.at(end), range.step * step);
}

/** Returns the indexes that Python's `slice.indices` goes through. */
function sliceIndexes(length: number, bounds: readonly (number | undefined)[]): number[] {
  const [begin, end, step] = sliceBounds(length, bounds);
  const indexes: number[] = [];
  for (let i = begin; step < 0 ? i > end : i < end; i += step) indexes.push(i);
  return indexes;
}

function sliceBounds(
  length: number,
  [start, stop, step = 1]: readonly (number | undefined)[],
): [number, number, number] {
  if (step === 0) throw failed("slice step cannot be zero");
  const clamp = (bound: number | undefined, otherwise: number): number => {
    if (bound === undefined) return otherwise;
    const index = bound < 0 ? bound + length : bound;
    return step < 0
      ? Math.max(-1, Math.min(index, length - 1))
      : Math.max(0, Math.min(index, length));
  };
  const begin = clamp(start, step < 0 ? length - 1 : 0);
  return [begin, clamp(stop, step < 0 ? -1 : length), step];
}
