// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * Expressions of a template: tokens to a tree, with Jinja2's precedence.
 *
 * Python: jinja2/parser.py, `Parser.parse_expression` and what it calls.
 */
import { syntax, unsupported } from "../fault.ts";
import type { Arguments, Expression } from "./nodes.ts";
import type { Token, TokenType } from "./lexer.ts";

/** A place in a list of tokens. */
export class Stream {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.look(0);
  }

  look(ahead = 1): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
    if (!token) throw syntax("the template has no tokens");
    return token;
  }

  next(): Token {
    const { current } = this;
    this.#at += 1;
    return current;
  }

  is(type: TokenType, value?: string): boolean {
    return this.current.type === type && (value === undefined || this.current.value === value);
  }

  isOperator(...values: readonly string[]): boolean {
    return this.current.type === "operator" && values.includes(this.current.value);
  }

  isName(...values: readonly string[]): boolean {
    return this.current.type === "name" && values.includes(this.current.value);
  }

  /** Takes the token if it is this one. */
  skip(type: TokenType, value: string): boolean {
    const found = this.is(type, value);
    if (found) this.#at += 1;
    return found;
  }

  expect(type: TokenType, value?: string): Token {
    if (this.is(type, value)) return this.next();
    throw this.unexpected(value === undefined ? type : `'${value}'`);
  }

  unexpected(expected: string): Error {
    const { type, value, line } = this.current;
    return syntax(`line ${line}: expected ${expected}, got '${value === "" ? type : value}'`);
  }
}

/** Returns an expression, with `… if … else …` if `conditional`. */
export function parseExpression(stream: Stream, conditional = true): Expression {
  return conditional ? parseConditional(stream) : parseOr(stream);
}

function parseConditional(stream: Stream): Expression {
  let value = parseOr(stream);
  while (stream.skip("name", "if")) {
    const test = parseOr(stream);
    const otherwise = stream.skip("name", "else") ? parseConditional(stream) : undefined;
    value = { kind: "if", test, value, otherwise };
  }
  return value;
}

function parseOr(stream: Stream): Expression {
  let left = parseAnd(stream);
  while (stream.skip("name", "or")) {
    left = { kind: "or", operator: "or", left, right: parseAnd(stream) };
  }
  return left;
}

function parseAnd(stream: Stream): Expression {
  let left = parseNot(stream);
  while (stream.skip("name", "and")) {
    left = { kind: "and", operator: "and", left, right: parseNot(stream) };
  }
  return left;
}

function parseNot(stream: Stream): Expression {
  if (stream.skip("name", "not")) return { kind: "not", value: parseNot(stream) };
  return parseCompare(stream);
}

const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];

function parseCompare(stream: Stream): Expression {
  const first = parseSum(stream);
  const rest: [string, Expression][] = [];
  for (;;) {
    if (stream.isOperator(...COMPARISONS)) {
      rest.push([stream.next().value, parseSum(stream)]);
    } else if (stream.skip("name", "in")) rest.push(["in", parseSum(stream)]);
    else if (stream.isName("not") && stream.look().value === "in") {
      stream.next();
      stream.next();
      rest.push(["not in", parseSum(stream)]);
    } else break;
  }
  return rest.length === 0 ? first : { kind: "compare", first, rest };
}

/** Returns a parser of operators that join from left to right. */
function leftToRight(
  operators: readonly string[],
  parse: (stream: Stream) => Expression,
): (stream: Stream) => Expression {
  return (stream) => {
    let left = parse(stream);
    while (stream.isOperator(...operators)) {
      const operator = stream.next().value;
      left = { kind: "binary", operator, left, right: parse(stream) };
    }
    return left;
  };
}

const parsePower = leftToRight(["**"], (stream) => parseUnary(stream));
const parseProduct = leftToRight(["*", "/", "//", "%"], parsePower);
const parseSum = leftToRight(["+", "-"], parseConcat);

function parseConcat(stream: Stream): Expression {
  const items = [parseProduct(stream)];
  while (stream.skip("operator", "~")) items.push(parseProduct(stream));
  const [only] = items;
  return items.length === 1 && only ? only : { kind: "concat", items };
}

function parseUnary(stream: Stream, withFilter = true): Expression {
  let node: Expression;
  if (stream.skip("operator", "-")) {
    node = { kind: "negative", value: parseUnary(stream, false) };
  } else if (stream.skip("operator", "+")) {
    node = { kind: "positive", value: parseUnary(stream, false) };
  } else node = parsePrimary(stream);
  node = parsePostfix(stream, node);
  return withFilter ? parseFilters(stream, node) : node;
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};

function parsePrimary(stream: Stream): Expression {
  const { type, value } = stream.current;
  if (type === "name") {
    stream.next();
    return Object.hasOwn(CONSTANTS, value)
      ? { kind: "const", value: CONSTANTS[value] ?? null }
      : { kind: "name", name: value };
  }
  if (type === "string") {
    let text = stream.next().value;
    while (stream.is("string")) text += stream.next().value;
    return { kind: "const", value: text };
  }
  if (type === "integer") {
    stream.next();
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw unsupported(`the number ${value}`);
    return { kind: "const", value: number };
  }
  if (type === "float") {
    stream.next();
    return { kind: "float", value: Number(value) };
  }
  if (stream.skip("operator", "(")) {
    const inside = parseTuple(stream, { explicit: true });
    stream.expect("operator", ")");
    return inside;
  }
  if (stream.skip("operator", "[")) {
    const items: Expression[] = [];
    while (!stream.isOperator("]")) {
      if (items.length > 0) stream.expect("operator", ",");
      if (stream.isOperator("]")) break;
      items.push(parseExpression(stream));
    }
    stream.expect("operator", "]");
    return { kind: "list", items };
  }
  if (stream.skip("operator", "{")) return parseDict(stream);
  throw stream.unexpected("an expression");
}

function parseDict(stream: Stream): Expression {
  const pairs: [Expression, Expression][] = [];
  while (!stream.isOperator("}")) {
    if (pairs.length > 0) stream.expect("operator", ",");
    if (stream.isOperator("}")) break;
    const key = parseExpression(stream);
    stream.expect("operator", ":");
    pairs.push([key, parseExpression(stream)]);
  }
  stream.expect("operator", "}");
  return { kind: "dict", pairs };
}

interface TupleOptions {
  readonly conditional?: boolean;
  /** Words that end it. */
  readonly ends?: readonly string[];
  /** In parentheses: `()` is a tuple. */
  readonly explicit?: boolean;
}

/** Returns an expression, or a tuple of several with commas between them. */
export function parseTuple(
  stream: Stream,
  { conditional = true, ends = [], explicit = false }: TupleOptions = {},
): Expression {
  const isEnd = (): boolean =>
    stream.is("end") || stream.is("blockEnd") || stream.isOperator(")") || stream.isName(...ends);
  const items: Expression[] = [];
  let isTuple = false;
  for (;;) {
    if (items.length > 0) stream.expect("operator", ",");
    if (isEnd()) break;
    items.push(parseExpression(stream, conditional));
    if (!stream.isOperator(",")) break;
    isTuple = true;
  }
  const [only] = items;
  if (!isTuple) {
    if (only) return only;
    if (!explicit) throw stream.unexpected("an expression");
  }
  return { kind: "tuple", items };
}

function parsePostfix(stream: Stream, start: Expression): Expression {
  let node = start;
  for (;;) {
    if (stream.isOperator(".", "[")) node = parseSubscript(stream, node);
    else if (stream.isOperator("(")) {
      node = { kind: "call", callee: node, args: parseArguments(stream) };
    } else return node;
  }
}

function parseFilters(stream: Stream, start: Expression): Expression {
  let node = start;
  for (;;) {
    if (stream.isOperator("|")) node = parseFilter(stream, node) ?? node;
    else if (stream.isName("is")) node = parseTest(stream, node);
    else if (stream.isOperator("(")) {
      node = { kind: "call", callee: node, args: parseArguments(stream) };
    } else return node;
  }
}

function parseSubscript(stream: Stream, value: Expression): Expression {
  if (stream.next().value === ".") {
    const token = stream.next();
    if (token.type === "name") return { kind: "attribute", value, name: token.value };
    if (token.type !== "integer") throw syntax(`line ${token.line}: expected name or number`);
    return { kind: "item", value, key: { kind: "const", value: Number(token.value) } };
  }
  const node = parseSubscripted(stream, value);
  if (stream.isOperator(",")) throw unsupported("a subscript of several values");
  stream.expect("operator", "]");
  return node;
}

function parseSubscripted(stream: Stream, value: Expression): Expression {
  const bounds: (Expression | undefined)[] = [];
  if (!stream.isOperator(":")) {
    const key = parseExpression(stream);
    if (!stream.isOperator(":")) return { kind: "item", value, key };
    bounds.push(key);
  } else bounds.push(undefined);
  while (stream.skip("operator", ":")) {
    const isBound = !stream.isOperator(":", "]", ",");
    bounds.push(isBound ? parseExpression(stream) : undefined);
  }
  if (bounds.length > 3) throw stream.unexpected("']'");
  return { kind: "slice", value, bounds };
}

/** Returns the arguments of a call, parentheses included. */
export function parseArguments(stream: Stream): Arguments {
  stream.expect("operator", "(");
  const positional: Expression[] = [];
  const named: [string, Expression][] = [];
  let spread: Expression | undefined;
  let spreadNamed: Expression | undefined;
  let isFirst = true;
  const ensure = (condition: boolean): void => {
    if (!condition) throw syntax("invalid syntax for function call expression");
  };
  while (!stream.isOperator(")")) {
    if (!isFirst) {
      stream.expect("operator", ",");
      if (stream.isOperator(")")) break;
    }
    isFirst = false;
    if (stream.skip("operator", "*")) {
      ensure(spread === undefined && spreadNamed === undefined);
      spread = parseExpression(stream);
    } else if (stream.skip("operator", "**")) {
      ensure(spreadNamed === undefined);
      spreadNamed = parseExpression(stream);
    } else if (stream.is("name") && isOperatorToken(stream.look(), "=")) {
      ensure(spreadNamed === undefined);
      const { value } = stream.next();
      stream.next();
      named.push([value, parseExpression(stream)]);
    } else {
      ensure(spread === undefined && spreadNamed === undefined && named.length === 0);
      positional.push(parseExpression(stream));
    }
  }
  stream.expect("operator", ")");
  return { positional, named, spread, spreadNamed };
}

function isOperatorToken({ type, value }: Token, operator: string): boolean {
  return type === "operator" && value === operator;
}

const NO_ARGUMENTS: Arguments = {
  positional: [],
  named: [],
  spread: undefined,
  spreadNamed: undefined,
};

/** Returns a chain of filters; `inline` starts without a bar, as in `{% filter upper %}`. */
export function parseFilter(
  stream: Stream,
  start: Expression | undefined,
  inline = false,
): Expression | undefined {
  let node = start;
  let isInline = inline;
  while (isInline || stream.isOperator("|")) {
    if (!isInline) stream.next();
    isInline = false;
    const name = dottedName(stream);
    const args = stream.isOperator("(") ? parseArguments(stream) : NO_ARGUMENTS;
    node = { kind: "filter", value: node, name, args };
  }
  return node;
}

function dottedName(stream: Stream): string {
  let name = stream.expect("name").value;
  while (stream.skip("operator", ".")) name += `.${stream.expect("name").value}`;
  return name;
}

function parseTest(stream: Stream, value: Expression): Expression {
  stream.next();
  const isNegated = stream.skip("name", "not");
  const name = dottedName(stream);
  let args = NO_ARGUMENTS;
  const { type } = stream.current;
  const begins =
    ["name", "string", "integer", "float"].includes(type) || stream.isOperator("(", "[", "{");
  if (stream.isOperator("(")) args = parseArguments(stream);
  else if (begins && !stream.isName("else", "or", "and")) {
    if (stream.isName("is")) throw syntax("You cannot chain multiple tests with is");
    const argument = parsePostfix(stream, parsePrimary(stream));
    args = { ...NO_ARGUMENTS, positional: [argument] };
  }
  const test: Expression = { kind: "test", value, name, args };
  return isNegated ? { kind: "not", value: test } : test;
}
