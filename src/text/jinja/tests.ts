// Tested by: test/text/jinja/odd-templates.test.ts
/** Jinja2's tests: `x is name(…)`. Python: jinja2/tests.py. */
import { failed, unsupported } from "./fault.ts";
import { arithmetic, comparison } from "./operators.ts";
import { str } from "./text.ts";
import { isLower, isUpper } from "./text-methods.ts";
import {
  Callable,
  Float,
  Instance,
  Lazy,
  numberOf,
  Range,
  Tuple,
  Undefined,
  View,
  type Value,
} from "./values.ts";

type Test = (value: Value, args: readonly Value[]) => boolean;

const NOT_HERE = ["filter", "test", "escaped"];

/** Returns whether Jinja2 has a test of that name. */
export function isTest(name: string): boolean {
  return Object.hasOwn(TESTS, name) || NOT_HERE.includes(name);
}

/** Returns whether `value is name(*args)`. */
export function runTest(
  name: string,
  value: Value,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): boolean {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (!test) {
    if (NOT_HERE.includes(name)) throw unsupported(`the test ${name}`);
    throw failed(`No test named '${name}'.`);
  }
  const [wanted, of] = test;
  if (named.size > 0 || args.length !== wanted) {
    throw failed(`the test ${name} takes ${wanted} arguments`);
  }
  return of(value, args);
}

/** Returns a test of two values by an operator. */
function operator(sign: string): readonly [number, Test] {
  return [1, (value, [other = null]) => comparison(sign, value, other)];
}

/** Returns a test without arguments. */
function simple(of: (value: Value) => boolean): readonly [number, Test] {
  return [0, of];
}

function rest(value: Value, by: Value): Value {
  return arithmetic("%", value, by);
}

function isInteger(value: Value): boolean {
  return typeof value === "number";
}

function isIterable(value: Value): boolean {
  return (
    typeof value === "string" ||
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof Tuple ||
    value instanceof Range ||
    value instanceof Lazy ||
    value instanceof View ||
    value instanceof Undefined
  );
}

function isSequence(value: Value): boolean {
  return isIterable(value) && !(value instanceof Lazy) && !(value instanceof View);
}

/** Computes `is`. Refuses values if Python's answer depends on how it stores them. */
function isSame(a: Value, b: Value): boolean {
  const isSimple = (value: Value): boolean => value === null || typeof value === "boolean";
  if (isSimple(a) || isSimple(b)) return a === b;
  if (typeof a === "object" && typeof b === "object") return a === b;
  if (typeof a !== typeof b) return false;
  throw unsupported("the test sameas of numbers or texts");
}

const equal = operator("==");
const unequal = operator("!=");
const less = operator("<");
const atMost = operator("<=");
const more = operator(">");
const atLeast = operator(">=");

const TESTS: Readonly<Record<string, readonly [number, Test]>> = {
  "!=": unequal,
  "<": less,
  "<=": atMost,
  "==": equal,
  ">": more,
  ">=": atLeast,
  boolean: simple((value) => typeof value === "boolean"),
  callable: simple(
    (value) =>
      value instanceof Callable ||
      value instanceof Undefined ||
      (value instanceof Instance && value.call !== undefined),
  ),
  defined: simple((value) => !(value instanceof Undefined)),
  divisibleby: [1, (value, [by = null]) => numberOf(rest(value, by)) === 0],
  eq: equal,
  equalto: equal,
  even: simple((value) => numberOf(rest(value, 2)) === 0),
  false: simple((value) => value === false),
  float: simple((value) => value instanceof Float),
  ge: atLeast,
  greaterthan: more,
  gt: more,
  in: operator("in"),
  integer: simple(isInteger),
  iterable: simple(isIterable),
  le: atMost,
  lessthan: less,
  lower: simple((value) => isLower(str(value))),
  lt: less,
  mapping: simple((value) => value instanceof Map),
  ne: unequal,
  none: simple((value) => value === null),
  number: simple((value) => numberOf(value) !== undefined),
  odd: simple((value) => numberOf(rest(value, 2)) === 1),
  sameas: [1, (value, [other = null]) => isSame(value, other)],
  sequence: simple(isSequence),
  string: simple((value) => typeof value === "string"),
  true: simple((value) => value === true),
  undefined: simple((value) => value instanceof Undefined),
  upper: simple((value) => isUpper(str(value))),
};
