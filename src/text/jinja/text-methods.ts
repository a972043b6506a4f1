// Tested by: test/text/jinja/odd-templates.test.ts
/** Methods of Python's `str`. Places and lengths are counted in code points. */
import { bind, positionalOnly, type Parameter } from "./arguments.ts";
import { failed, unsupported } from "./fault.ts";
import { formatBraces } from "./format.ts";
import { checkLength, spend, spendSearch } from "./limits.ts";
import { isSpace, trimEnd, trimStart } from "./syntax/space.ts";
import {
  characters,
  iterate,
  numberOf,
  textLength,
  Tuple,
  typeName,
  type Value,
} from "./values.ts";

type Method = (text: string, args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

/** Returns whether `str` has a method of that name. */
export function isTextMethod(name: string): boolean {
  return Object.hasOwn(METHODS, name) || OTHERS.includes(name);
}

/** Returns `text.name(*args, **named)`. */
export function textMethod(
  text: string,
  name: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (!method) throw unsupported(`str.${name}`);
  spend(text.length / 64);
  for (const part of [...args, ...named.values()]) {
    if (typeof part === "string") spendSearch(text, part);
  }
  return method(text, args, named);
}

const OTHERS = ["encode", "expandtabs", "format_map", "maketrans", "translate"];

function textOf(value: Value | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw failed(`${what} must be str, not ${value === undefined ? "nothing" : typeName(value)}`);
}

function countOf(value: Value | undefined, what: string): number {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  throw failed(`${what}: an integer is required`);
}

/** Returns a method without arguments. */
function plain(name: string, of: (text: string) => Value): Method {
  return (text, args, named) => {
    positionalOnly(`str.${name}`, args, named, 0);
    return of(text);
  };
}

/** Returns a strip method; its argument is the characters to remove. */
function strip(name: string, of: (text: string, set?: string) => string): Method {
  return (text, args, named) => {
    const [set = null] = positionalOnly(`str.${name}`, args, named, 0, 1);
    return set === null ? of(text) : of(text, textOf(set, `${name} arg`));
  };
}

/** Returns a test of all characters, false for an empty text. */
function all(name: string, expression: RegExp): Method {
  return plain(name, (text) => expression.test(text));
}

/** Returns startsWith or endsWith, of one text or a tuple of them. */
function edge(name: string, of: (text: string, part: string) => boolean): Method {
  return (text, args, named) => {
    const [parts = null, ...bounds] = positionalOnly(`str.${name}`, args, named, 1, 3);
    const within = sliceWithin(text, bounds);
    if (within === undefined) return false;
    const list = parts instanceof Tuple ? parts.items : [parts];
    return list.some((part) => of(within, textOf(part, `${name} first arg`)));
  };
}

/** Returns `text[start:end]`, or undefined if start is behind the text. */
function sliceWithin(text: string, bounds: readonly Value[]): string | undefined {
  const [start = null, end = null] = bounds;
  if (start === null && end === null) return text;
  const letters = characters(text);
  const from = start === null ? 0 : countOf(start, "start");
  if (from > letters.length) return undefined;
  const to = end === null ? letters.length : countOf(end, "end");
  const at = (place: number): number => Math.max(0, place < 0 ? place + letters.length : place);
  return at(from) > at(to) ? undefined : letters.slice(at(from), at(to)).join("");
}

/** Returns find, rfind, index or rindex. */
function search(name: string, isLast: boolean, mayFail: boolean): Method {
  return (text, args, named) => {
    const [part, start = null, end = null] = positionalOnly(`str.${name}`, args, named, 1, 3);
    if (end !== null) throw unsupported(`str.${name} with an end`);
    const sought = textOf(part, name);
    const letters = characters(text);
    const from = start === null ? 0 : countOf(start, "start");
    const skip = Math.max(0, from < 0 ? from + letters.length : from);
    const rest = letters.slice(skip).join("");
    const at =
      skip > letters.length ? -1 : isLast ? rest.lastIndexOf(sought) : rest.indexOf(sought);
    if (at < 0 && mayFail) throw failed("substring not found");
    return at < 0 ? -1 : skip + textLength(rest.slice(0, at));
  };
}

/** Returns center, ljust or rjust. */
function justify(name: string, left: (missing: number, width: number) => number): Method {
  return (text, args, named) => {
    const [width, fill = " "] = positionalOnly(`str.${name}`, args, named, 1, 2);
    const total = countOf(width, name);
    const character = textOf(fill, "the fill character");
    if (textLength(character) !== 1) {
      throw failed("The fill character must be exactly one character long");
    }
    checkLength(total);
    const missing = Math.max(0, total - textLength(text));
    const before = left(missing, total);
    return character.repeat(before) + text + character.repeat(missing - before);
  };
}

/** Returns the parts of `center`: Python puts the odd space left for an even width. */
export function centerLeft(missing: number, width: number): number {
  return (missing >> 1) + (missing & width & 1);
}

const SPLIT: readonly Parameter[] = [
  ["sep", null],
  ["maxsplit", -1],
];

function split(name: string, isRight: boolean): Method {
  return (text, args, named) => {
    const [separator = null, most = null] = bind(`str.${name}`, SPLIT, args, named);
    const limit = countOf(most, "maxsplit");
    const times = limit < 0 ? Number.POSITIVE_INFINITY : limit;
    if (separator === null) return isRight ? splitSpaceRight(text, times) : splitSpace(text, times);
    const by = textOf(separator, "sep");
    if (by === "") throw failed("empty separator");
    const parts = text.split(by);
    const extra = parts.length - 1 - times;
    if (extra <= 0) return parts;
    return isRight
      ? [parts.slice(0, extra + 1).join(by), ...parts.slice(extra + 1)]
      : [...parts.slice(0, times), parts.slice(times).join(by)];
  };
}

function splitSpace(text: string, times: number): string[] {
  const parts: string[] = [];
  let rest = trimStart(text);
  while (rest !== "" && parts.length < times) {
    const letters = rest;
    let end = 0;
    while (end < letters.length && !isSpace(letters.charAt(end))) end++;
    parts.push(letters.slice(0, end));
    rest = trimStart(letters.slice(end));
  }
  // What is left keeps its spaces at the end, as in Python.
  if (rest !== "") parts.push(rest);
  return parts.length > 0 && rest === "" ? parts : parts;
}

function splitSpaceRight(text: string, times: number): string[] {
  const parts: string[] = [];
  let rest = trimEnd(text);
  while (rest !== "" && parts.length < times) {
    let begin = rest.length;
    while (begin > 0 && !isSpace(rest.charAt(begin - 1))) begin--;
    parts.unshift(rest.slice(begin));
    rest = trimEnd(rest.slice(0, begin));
  }
  if (rest !== "") parts.unshift(rest);
  return parts;
}

function partition(name: string, isRight: boolean): Method {
  return (text, args, named) => {
    const [separator] = positionalOnly(`str.${name}`, args, named, 1);
    const by = textOf(separator, "sep");
    if (by === "") throw failed("empty separator");
    const at = isRight ? text.lastIndexOf(by) : text.indexOf(by);
    if (at < 0) return new Tuple(isRight ? ["", "", text] : [text, "", ""]);
    return new Tuple([text.slice(0, at), by, text.slice(at + by.length)]);
  };
}

/** Returns the text with at most `count` places replaced; all of them below 0. */
export function replaceIn(text: string, from: string, to: string, count: number): string {
  spendSearch(text, from);
  const gaps = from === "" ? characters(text) : text.split(from);
  if (from === "") {
    // Python puts the new text before each character and at the end.
    const times = count < 0 ? gaps.length + 1 : Math.min(count, gaps.length + 1);
    checkLength(text.length + times * to.length);
    const ends = times > gaps.length ? to : "";
    return gaps.map((letter, i) => (i < times ? to + letter : letter)).join("") + ends;
  }
  const times = count < 0 ? gaps.length - 1 : Math.min(count, gaps.length - 1);
  checkLength(text.length + times * to.length);
  const tail = gaps.slice(times).join(from);
  return [...gaps.slice(0, times), tail].join(to);
}

// oxlint-disable-next-line no-control-regex -- Python ends lines there
const LINE_END = /\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/gu;

function splitLines(text: string, keepEnds: boolean): string[] {
  const lines: string[] = [];
  let begin = 0;
  for (const match of text.matchAll(LINE_END)) {
    const end = match.index + match[0].length;
    lines.push(text.slice(begin, keepEnds ? end : match.index));
    begin = end;
  }
  if (begin < text.length) lines.push(text.slice(begin));
  return lines;
}

const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u;

/** Returns `str.title()` of one character. */
function titleCase(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // The digraphs of Croatian have a title case of their own; Georgian has none.
  if (code >= 0x1c4 && code <= 0x1cc) return String.fromCharCode(code - ((code - 0x1c4) % 3) + 1);
  if (code >= 0x1f1 && code <= 0x1f3) return "\u01f2";
  if (code >= 0x10d0 && code <= 0x10ff) return character;
  const upper = character.toUpperCase();
  const [first = "", ...rest] = upper;
  return first + rest.join("").toLowerCase();
}

export function capitalise(text: string): string {
  const [first = "", ...rest] = text;
  return titleCase(first) + rest.join("").toLowerCase();
}

function title(text: string): string {
  let isInWord = false;
  let result = "";
  for (const character of text) {
    result += isInWord ? character.toLowerCase() : titleCase(character);
    isInWord = CASED.test(character);
  }
  return result;
}

function swapCase(text: string): string {
  return Array.from(text, (character) =>
    /\p{Uppercase}/u.test(character) ? character.toLowerCase() : character.toUpperCase(),
  ).join("");
}

export function isLower(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

export function isUpper(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

const METHODS: Readonly<Record<string, Method>> = {
  capitalize: plain("capitalize", capitalise),
  casefold: plain("casefold", (text) => {
    if (/[^\0-\x7f]/.test(text)) throw unsupported("str.casefold of other letters than ASCII");
    return text.toLowerCase();
  }),
  center: justify("center", centerLeft),
  count(text, args, named) {
    const [part, ...bounds] = positionalOnly("str.count", args, named, 1, 3);
    const within = sliceWithin(text, bounds);
    if (within === undefined) return 0;
    const sought = textOf(part, "count");
    return sought === "" ? textLength(within) + 1 : within.split(sought).length - 1;
  },
  endswith: edge("endswith", (text, part) => text.endsWith(part)),
  find: search("find", false, false),
  format: formatBraces,
  index: search("index", false, true),
  isalnum: all("isalnum", /^[\p{L}\p{N}]+$/u),
  isalpha: all("isalpha", /^\p{L}+$/u),
  isascii: plain("isascii", (text) => !/[^\0-\x7f]/.test(text)),
  isdecimal: all("isdecimal", /^\p{Nd}+$/u),
  isdigit: all("isdigit", /^[\p{Nd}\xb2\xb3\xb9\u2070-\u2079\u2080-\u2089]+$/u),
  isidentifier: all("isidentifier", /^[\p{ID_Start}_]\p{ID_Continue}*$/u),
  islower: plain("islower", isLower),
  isnumeric: all("isnumeric", /^\p{N}+$/u),
  isprintable: plain("isprintable", (text) => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(text)),
  isspace: plain("isspace", (text) => text !== "" && trimStart(text) === ""),
  istitle: plain("istitle", (text) => CASED.test(text) && title(text) === text),
  isupper: plain("isupper", isUpper),
  join(text, args, named) {
    const [list = null] = positionalOnly("str.join", args, named, 1);
    const parts = Array.from(iterate(list), (item, i) => textOf(item, `sequence item ${i}`));
    checkLength(parts.reduce((sum, part) => sum + part.length + text.length, 0));
    return parts.join(text);
  },
  ljust: justify("ljust", () => 0),
  lower: plain("lower", (text) => text.toLowerCase()),
  lstrip: strip("lstrip", trimStart),
  partition: partition("partition", false),
  removeprefix(text, args, named) {
    const [prefix] = positionalOnly("str.removeprefix", args, named, 1);
    const part = textOf(prefix, "removeprefix");
    return text.startsWith(part) ? text.slice(part.length) : text;
  },
  removesuffix(text, args, named) {
    const [suffix] = positionalOnly("str.removesuffix", args, named, 1);
    const part = textOf(suffix, "removesuffix");
    return part !== "" && text.endsWith(part) ? text.slice(0, -part.length) : text;
  },
  replace(text, args, named) {
    const parameters: Parameter[] = ["old", "new", ["count", -1]];
    const [from, to, count] = bind("str.replace", parameters, args, named);
    return replaceIn(text, textOf(from, "old"), textOf(to, "new"), countOf(count, "count"));
  },
  rfind: search("rfind", true, false),
  rindex: search("rindex", true, true),
  rjust: justify("rjust", (missing) => missing),
  rpartition: partition("rpartition", true),
  rsplit: split("rsplit", true),
  rstrip: strip("rstrip", trimEnd),
  split: split("split", false),
  splitlines(text, args, named) {
    const [keep = false] = bind("str.splitlines", [["keepends", false]], args, named);
    return splitLines(text, numberOf(keep) !== 0);
  },
  startswith: edge("startswith", (text, part) => text.startsWith(part)),
  strip: strip("strip", (text, set) => trimEnd(trimStart(text, set), set)),
  swapcase: plain("swapcase", swapCase),
  title: plain("title", title),
  upper: plain("upper", (text) => text.toUpperCase()),
  zfill(text, args, named) {
    const [width] = positionalOnly("str.zfill", args, named, 1);
    const missing = countOf(width, "zfill") - textLength(text);
    if (missing <= 0) return text;
    checkLength(missing);
    const sign = /^[-+]/.exec(text)?.[0] ?? "";
    return sign + "0".repeat(missing) + text.slice(sign.length);
  },
};
