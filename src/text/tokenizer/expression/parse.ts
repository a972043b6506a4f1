// Tested by: test/text/tokenizer/expression/matcher.test.ts
/**
 * Parses a regular expression of JavaScript's `u` mode into a tree.
 *
 * Everything that consumes a character is one set, and the browser's own engine decides who is in
 * it. What remains is the shape: sequences, alternatives, repetitions, looks around.
 */

export type Node =
  /** One code point of a set, in the notation of JavaScript: `a`, `\p{L}`, `[^\s\d]`. */
  | { readonly kind: "set"; readonly source: string }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly body: Node;
      readonly least: number;
      readonly most: number;
      readonly isLazy: boolean;
    }
  | {
      readonly kind: "look";
      readonly body: Node;
      readonly isBehind: boolean;
      readonly isNegated: boolean;
    };

/** A construct that is never matched here, by its name. */
export class ExpressionFault extends Error {}

/** Groups within one another: published expressions have 3. */
const MAX_DEPTH = 64;

const GROUP = /\((?:\?(?::|=|!|<=|<!|<[\p{ID_Start}$_][\p{ID_Continue}$]*>))?/uy;
const CLASS = /\[(?:[^\\\]]|\\.)*\]/suy;
const ESCAPE =
  /\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|0(?![0-9])|[dDsSwWnrtfv]|[\^$\\.*+?()[\]{}|/])/uy;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/uy;

/**
 * Returns the tree. @throws ExpressionFault for back references, `^`, `$`, `\b` and deep nesting
 */
export function parseExpression(source: string): Node {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  };

  function choice(depth: number): Node {
    if (depth > MAX_DEPTH) throw new ExpressionFault(`groups nested deeper than ${MAX_DEPTH}`);
    const options = [sequence(depth)];
    while (source[at] === "|") {
      at += 1;
      options.push(sequence(depth));
    }
    const [only] = options;
    return options.length === 1 && only ? only : { kind: "choice", options };
  }

  function sequence(depth: number): Node {
    const parts: Node[] = [];
    while (at < source.length && source[at] !== "|" && source[at] !== ")") {
      parts.push(repeated(atom(depth)));
    }
    return { kind: "sequence", parts };
  }

  function atom(depth: number): Node {
    const next = source[at];
    if (next === "(") return group(take(GROUP)?.[0] ?? "(", depth);
    if (next === "[") return { kind: "set", source: take(CLASS)?.[0] ?? fault() };
    if (next === "\\") return { kind: "set", source: take(ESCAPE)?.[0] ?? fault() };
    if (next === "^" || next === "$") return fault();
    const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
    at += character.length;
    return { kind: "set", source: character };
  }

  function group(opening: string, depth: number): Node {
    const body = choice(depth + 1);
    if (source[at] !== ")") return fault();
    at += 1;
    if (!/^\(\?<?[=!]$/.test(opening)) return body;
    const isBehind = opening.startsWith("(?<");
    return { kind: "look", body, isBehind, isNegated: opening.endsWith("!") };
  }

  function repeated(body: Node): Node {
    const found = take(QUANTIFIER);
    if (!found) return body;
    const [, sign, low = "", comma, high = "", lazy] = found;
    const least = sign === undefined ? Number(low) : sign === "+" ? 1 : 0;
    const open = sign === undefined ? (comma === "" ? least : Infinity) : Infinity;
    const most = sign === "?" ? 1 : high === "" ? open : Number(high);
    return { kind: "repeat", body, least, most, isLazy: lazy === "?" };
  }

  function fault(): never {
    throw new ExpressionFault(`${JSON.stringify(source.slice(at, at + 8))} at character ${at}`);
  }

  const tree = choice(0);
  return at < source.length ? fault() : tree;
}
