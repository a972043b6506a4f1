// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * A template's statements: tokens to a tree.
 *
 * Python: jinja2/parser.py, with the loop controls and the `generation` tag of transformers.
 */
import { syntax, unsupported } from "../fault.ts";
import { parseExpression, parseFilter, parseTuple, Stream } from "./expressions.ts";
import { tokenise } from "./lexer.ts";
import type { Body, Expression, Signature, Statement, Target } from "./nodes.ts";

/** Returns the tree of a template. @throws TemplateFault if Jinja2 refuses it */
export function parseTemplate(source: string): Body {
  const stream = new Stream(tokenise(source));
  const body = parseBody(stream, []);
  if (!stream.is("eof")) throw stream.unexpected("the template's end");
  checkLoops(body, false);
  return body;
}

/** Parses up to a tag of one of these names, whose name is the current token then. */
function parseBody(stream: Stream, ends: readonly string[]): Body {
  const body: Statement[] = [];
  for (;;) {
    const { type } = stream.current;
    if (type === "eof") break;
    if (type === "data") body.push({ kind: "data", text: stream.next().value });
    else if (type === "begin") {
      stream.next();
      body.push({ kind: "print", value: parseTuple(stream) });
      stream.expect("end");
    } else {
      stream.expect("blockBegin");
      if (stream.isName(...ends)) return body;
      body.push(...parseStatement(stream));
      stream.expect("blockEnd");
    }
  }
  if (ends.length > 0) throw stream.unexpected(ends.join(" or "));
  return body;
}

/** Parses the body of a statement, up to one of the ends. */
function parseInside(stream: Stream, ...ends: readonly string[]): Body {
  stream.skip("operator", ":");
  stream.expect("blockEnd");
  return parseBody(stream, ends);
}

/** Parses the body of a statement and takes the name of its end. */
function parseWhole(stream: Stream, end: string): Body {
  const body = parseInside(stream, end);
  stream.next();
  return body;
}

/** Parts of Jinja2 that load other templates, or are of no use in a chat. */
const OTHER = ["block", "extends", "include", "import", "from", "autoescape"];

function parseStatement(stream: Stream): Statement[] {
  const { value: tag } = stream.expect("name");
  switch (tag) {
    case "for":
      return [parseFor(stream)];
    case "if":
      return [parseIf(stream)];
    case "set":
      return [parseSet(stream)];
    case "with":
      return [parseWith(stream)];
    case "macro": {
      const { value: name } = stream.expect("name");
      const signature = parseSignature(stream);
      return [{ kind: "macro", name, signature, body: parseWhole(stream, "endmacro") }];
    }
    case "call":
      return [parseCall(stream)];
    case "filter": {
      const filter = parseFilter(stream, undefined, true);
      if (!filter) throw stream.unexpected("a filter");
      return [{ kind: "filterBlock", filter, body: parseWhole(stream, "endfilter") }];
    }
    case "print":
      return parsePrint(stream);
    case "generation":
      return [{ kind: "scope", body: parseWhole(stream, "endgeneration") }];
    case "break":
    case "continue":
      return [{ kind: tag }];
    default:
      if (OTHER.includes(tag)) throw unsupported(`the tag {% ${tag} %}`);
      throw syntax(`Encountered unknown tag '${tag}'`);
  }
}

function parseFor(stream: Stream): Statement {
  const target = parseTarget(stream, { ends: ["in"] });
  if (names(target).includes("loop")) throw syntax("can't assign to special loop variable");
  stream.expect("name", "in");
  const list = parseTuple(stream, { conditional: false, ends: ["recursive"] });
  const test = stream.skip("name", "if") ? parseExpression(stream) : undefined;
  const recursive = stream.skip("name", "recursive");
  const body = parseInside(stream, "endfor", "else");
  const otherwise = stream.next().value === "else" ? parseWhole(stream, "endfor") : [];
  return { kind: "for", target, list, test, recursive, body, otherwise };
}

function parseIf(stream: Stream): Statement {
  const tests: [Expression, Body][] = [];
  let otherwise: Body = [];
  for (;;) {
    const test = parseTuple(stream, { conditional: false });
    tests.push([test, parseInside(stream, "elif", "else", "endif")]);
    const { value: end } = stream.next();
    if (end === "elif") continue;
    if (end === "else") otherwise = parseWhole(stream, "endif");
    return { kind: "branch", tests, otherwise };
  }
}

function parseSet(stream: Stream): Statement {
  const target = parseTarget(stream, { namespaces: true });
  if (stream.skip("operator", "=")) return { kind: "set", target, value: parseTuple(stream) };
  const filter = parseFilter(stream, undefined);
  return { kind: "setBlock", target, filter, body: parseWhole(stream, "endset") };
}

function parseWith(stream: Stream): Statement {
  const targets: Target[] = [];
  const values: Expression[] = [];
  while (!stream.is("blockEnd")) {
    if (targets.length > 0) stream.expect("operator", ",");
    targets.push(parseTarget(stream));
    stream.expect("operator", "=");
    values.push(parseExpression(stream));
  }
  return { kind: "with", targets, values, body: parseWhole(stream, "endwith") };
}

function parseCall(stream: Stream): Statement {
  const signature = stream.isOperator("(")
    ? parseSignature(stream)
    : { names: [], defaults: [] as Expression[] };
  const call = parseExpression(stream);
  if (call.kind !== "call") throw syntax("expected call");
  return { kind: "callBlock", call, signature, body: parseWhole(stream, "endcall") };
}

function parsePrint(stream: Stream): Statement[] {
  const printed: Statement[] = [];
  while (!stream.is("blockEnd")) {
    if (printed.length > 0) stream.expect("operator", ",");
    printed.push({ kind: "print", value: parseExpression(stream) });
  }
  return printed;
}

function parseSignature(stream: Stream): Signature {
  const found: string[] = [];
  const defaults: Expression[] = [];
  stream.expect("operator", "(");
  while (!stream.isOperator(")")) {
    if (found.length > 0) stream.expect("operator", ",");
    found.push(parseName(stream));
    if (stream.skip("operator", "=")) defaults.push(parseExpression(stream));
    else if (defaults.length > 0) throw syntax("non-default argument follows default argument");
  }
  stream.expect("operator", ")");
  return { names: found, defaults };
}

const RESERVED = ["true", "false", "none", "True", "False", "None"];

function parseName(stream: Stream): string {
  const { value } = stream.expect("name");
  if (RESERVED.includes(value)) throw syntax(`can't assign to '${value}'`);
  return value;
}

interface TargetOptions {
  readonly ends?: readonly string[];
  /** Whether attributes of namespaces may be assigned to. */
  readonly namespaces?: boolean;
}

function parseTarget(stream: Stream, options: TargetOptions = {}): Target {
  const { ends = [] } = options;
  const items: Target[] = [];
  let isTuple = false;
  const isEnd = (): boolean =>
    stream.is("blockEnd") || stream.isOperator(")", "=") || stream.isName(...ends);
  for (;;) {
    if (items.length > 0) stream.expect("operator", ",");
    if (items.length > 0 && isEnd()) break;
    items.push(parseSingleTarget(stream, options));
    if (!stream.isOperator(",")) break;
    isTuple = true;
  }
  const [only] = items;
  return !isTuple && only ? only : { kind: "tuple", items };
}

function parseSingleTarget(stream: Stream, options: TargetOptions): Target {
  if (stream.skip("operator", "(")) {
    const inside = parseTarget(stream, options);
    stream.expect("operator", ")");
    return inside;
  }
  const name = parseName(stream);
  if (options.namespaces !== true || !stream.skip("operator", ".")) return { kind: "name", name };
  return { kind: "namespace", name, attribute: stream.expect("name").value };
}

function names(target: Target): string[] {
  return target.kind === "tuple" ? target.items.flatMap(names) : [target.name];
}

/**
 * Checks loops.
 * @throws TemplateFault for a break or continue outside of a loop: Python does not compile it
 */
function checkLoops(body: Body, isInLoop: boolean): void {
  for (const statement of body) {
    const { kind } = statement;
    if (kind === "break" || kind === "continue") {
      if (!isInLoop) throw syntax(`'${kind}' outside loop`);
    } else if (kind === "for") {
      checkLoops(statement.body, true);
      checkLoops(statement.otherwise, isInLoop);
    } else if (kind === "branch") {
      for (const [, inside] of statement.tests) checkLoops(inside, isInLoop);
      checkLoops(statement.otherwise, isInLoop);
    } else if ("body" in statement) {
      const isFunction = ["macro", "callBlock", "scope"].includes(kind);
      checkLoops(statement.body, isInLoop && !isFunction);
    }
  }
}
