// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * A template's source to tokens, as Jinja2's lexer with trim_blocks and lstrip_blocks cuts it.
 *
 * Python: jinja2/lexer.py, `Lexer.tokeniter` and `Lexer.wrap`.
 */
import { failed, syntax, unsupported } from "../fault.ts";
import { PYTHON_SPACE, trimEnd } from "./space.ts";

export type TokenType =
  | "data"
  | "begin"
  | "end"
  | "blockBegin"
  | "blockEnd"
  | "name"
  | "string"
  | "integer"
  | "float"
  | "operator"
  | "eof";

export interface Token {
  readonly type: TokenType;
  /** The text; of a string, what it spells. */
  readonly value: string;
  readonly line: number;
}

const SPACE = `[${PYTHON_SPACE}]`;
const TAG =
  `(?<raw>\\{%(?<rawSign>[-+]?)${SPACE}*raw${SPACE}*(?:-%\\}${SPACE}*|%\\}))|` +
  `(?<comment>\\{#(?<commentSign>[-+]?))|(?<block>\\{%(?<blockSign>[-+]?))|` +
  `(?<variable>\\{\\{(?<variableSign>[-+]?))`;
const ANY_TAG = new RegExp(TAG, "gu");
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}${SPACE}*|#\\}\\n?`, "gu");
const BLOCK_END = new RegExp(`(?:\\+%\\}|-%\\}${SPACE}*|%\\}\\n?)`, "yu");
const VARIABLE_END = new RegExp(`-\\}\\}${SPACE}*|\\}\\}`, "yu");
const RAW_END = new RegExp(
  `\\{%(?<sign>[-+]?)${SPACE}*endraw${SPACE}*(?:\\+%\\}|-%\\}${SPACE}*|%\\}\\n?)`,
  "gu",
);
const WHITESPACE = new RegExp(`${SPACE}+`, "yu");
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iuy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iuy;
const NAME = /[\p{L}\p{N}\p{Mn}\p{Mc}\p{Pc}]+/uy;
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;
const STRING = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/uy;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;

const OPENING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Returns the tokens of a template. @throws TemplateFault if Jinja2's lexer refuses it */
export function tokenise(template: string): Token[] {
  const source = withoutLastNewline(template.replace(/\r\n?/g, "\n"));
  const tokens: Token[] = [];
  let at = 0;
  let lineStarts = true;
  const lineAt = lineCounter(source);
  const add = (type: TokenType, value: string): void => {
    tokens.push({ type, value, line: lineAt(at) });
  };
  /** Adds a text in front of a tag, without what the tag's sign and lstrip_blocks take away. */
  const addText = (text: string, sign: string, isVariable: boolean): void => {
    const kept =
      sign === "-"
        ? trimEnd(text)
        : sign === "" && !isVariable
          ? withoutIndent(text, lineStarts)
          : text;
    if (kept !== "") add("data", kept);
  };
  while (at < source.length) {
    ANY_TAG.lastIndex = at;
    const tag = ANY_TAG.exec(source);
    const groups = tag?.groups;
    if (!tag || !groups) {
      add("data", source.slice(at));
      break;
    }
    const sign =
      groups["rawSign"] ??
      groups["commentSign"] ??
      groups["blockSign"] ??
      groups["variableSign"] ??
      "";
    const isVariable = groups["variable"] !== undefined;
    addText(source.slice(at, tag.index), sign, isVariable);
    at = tag.index + tag[0].length;
    lineStarts = tag[0].endsWith("\n");
    if (groups["comment"] !== undefined) at = skipComment(source, at);
    else if (groups["raw"] !== undefined) {
      RAW_END.lastIndex = at;
      const end = RAW_END.exec(source);
      if (!end) throw syntax("Missing end of raw directive");
      addText(source.slice(at, end.index), end.groups?.["sign"] ?? "", false);
      at = end.index + end[0].length;
    } else {
      add(isVariable ? "begin" : "blockBegin", "");
      at = readTag(source, at, isVariable, add);
    }
    lineStarts = source[at - 1] === "\n";
  }
  add("eof", "");
  return tokens;
}

/** Reads the inside of a tag and its end; returns the place behind it. */
function readTag(
  source: string,
  begin: number,
  isVariable: boolean,
  add: (type: TokenType, value: string) => void,
): number {
  const end = isVariable ? VARIABLE_END : BLOCK_END;
  const open: string[] = [];
  let at = begin;
  const match = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    return expression.exec(source)?.[0];
  };
  while (at < source.length) {
    const ending = open.length === 0 ? match(end) : undefined;
    if (ending !== undefined) {
      add(isVariable ? "end" : "blockEnd", "");
      return at + ending.length;
    }
    let found = match(WHITESPACE);
    if (found !== undefined) {
      at += found.length;
      continue;
    }
    if ((found = match(FLOAT)) !== undefined) add("float", found.replaceAll("_", ""));
    else if ((found = match(INTEGER)) !== undefined) add("integer", found.replaceAll("_", ""));
    else if ((found = match(NAME)) !== undefined) {
      if (!IDENTIFIER.test(found)) throw syntax(`Invalid character in identifier: ${found}`);
      add("name", found.normalize("NFKC") === found ? found : refuseName(found));
    } else if ((found = match(STRING)) !== undefined) add("string", unescape(found.slice(1, -1)));
    else if ((found = match(OPERATOR)) !== undefined) {
      balance(open, found);
      add("operator", found);
    } else throw syntax(`unexpected char ${JSON.stringify(source[at])} at ${at}`);
    at += found.length;
  }
  throw syntax("unexpected end of template");
}

function refuseName(name: string): never {
  throw unsupported(`the name ${name}, which Python would normalise`);
}

function balance(open: string[], operator: string): void {
  const closing = OPENING[operator];
  if (closing !== undefined) open.push(closing);
  else if (operator === ")" || operator === "]" || operator === "}") {
    const expected = open.pop();
    if (expected === undefined) throw syntax(`unexpected '${operator}'`);
    if (expected !== operator) throw syntax(`unexpected '${operator}', expected '${expected}'`);
  }
}

function skipComment(source: string, begin: number): number {
  COMMENT_END.lastIndex = begin;
  const end = COMMENT_END.exec(source);
  if (!end) throw syntax("Missing end of comment tag");
  return end.index + end[0].length;
}

/**
 * Returns the text without the white space between its last newline and the tag (lstrip_blocks).
 */
function withoutIndent(text: string, lineStarts: boolean): string {
  const begin = text.lastIndexOf("\n") + 1;
  if (begin === 0 && !lineStarts) return text;
  return trimEnd(text.slice(begin)) === "" ? text.slice(0, begin) : text;
}

function withoutLastNewline(source: string): string {
  return source.endsWith("\n") ? source.slice(0, -1) : source;
}

function lineCounter(source: string): (at: number) => number {
  let seen = 0;
  let line = 1;
  return (at) => {
    for (; seen < at; seen++) if (source[seen] === "\n") line++;
    return line;
  };
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\x07",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

/** Returns what a string spells, as Python's unicode-escape codec reads it. */
function unescape(text: string): string {
  const spelled = text.replace(
    /\\(?:x(?<x>[\da-f]{2})|u(?<u>[\da-f]{4})|U(?<w>[\da-f]{8})|(?<o>[0-7]{1,3})|(?<c>[^]))/giu,
    (all, ...rest) => {
      const groups = rest.at(-1) as Record<string, string | undefined>;
      const hex = groups["x"] ?? groups["u"] ?? groups["w"];
      if (hex !== undefined) return character(Number.parseInt(hex, 16));
      if (groups["o"] !== undefined) return character(Number.parseInt(groups["o"], 8));
      const letter = groups["c"] ?? "";
      if (letter === "N") throw unsupported("\\N{NAME} in a string");
      if (letter === "x" || letter === "u" || letter === "U") {
        throw syntax(`truncated \\${letter} escape in a string`);
      }
      return Object.hasOwn(ESCAPES, letter) ? (ESCAPES[letter] ?? all) : all;
    },
  );
  if (!spelled.isWellFormed()) throw failed("a string holds half a surrogate pair");
  return spelled;
}

function character(code: number): string {
  if (code > 0x10ffff) throw syntax("illegal Unicode character in a string");
  // Python does not join two surrogates to one character, and cannot encode them.
  if (code >= 0xd800 && code <= 0xdfff) throw failed("a string holds half a surrogate pair");
  return String.fromCodePoint(code);
}
