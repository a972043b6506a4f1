/**
 * Bundles in pure ASCII: a script takes the charset of the page around it if no header says
 * another, and read in a wrong one it would score other texts than the caller gave.
 */
import type { Plugin } from "vite";

export function asciiOutput(): Plugin {
  return {
    name: "ascii-output",
    enforce: "post",
    generateBundle(_, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== "chunk") continue;
        const { code, fileName } = part;
        part.code = toAscii(code);
        const map = bundle[`${fileName}.map`];
        if (map?.type !== "asset") continue;
        const parsed = JSON.parse(String(map.source)) as { mappings: string };
        const mappings = shiftedMappings(parsed.mappings, code);
        map.source = JSON.stringify({ ...parsed, mappings });
      }
    },
  };
}

/** By how many signs an escape is longer than what it stands for. */
const GROWTH = "\\u0000".length - 1;

/**
 * Returns the mappings of a source map for the code with escapes: a segment begins further to the
 * right by what grew before it in its line.
 * @param code as it was
 */
export function shiftedMappings(mappings: string, code: string): string {
  const lines = code.split("\n");
  const shifted = mappings.split(";").map((segments, i) => {
    const line = lines[i] ?? "";
    if (segments === "" || !/[^\0-\x7f]/.test(line)) return segments;
    let column = 0;
    const moved = segments.split(",").map((segment) => {
      const { value, length } = readVlq(segment);
      const from = column;
      column += value;
      const grown = line.slice(from, column).replaceAll(/[\0-\x7f]/g, "").length * GROWTH;
      return writeVlq(value + grown) + segment.slice(length);
    });
    return moved.join(",");
  });
  return shifted.join(";");
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Reads the first number of a segment: five bits a digit, the sign in the lowest bit. */
function readVlq(text: string): { readonly value: number; readonly length: number } {
  let bits = 0;
  for (let length = 0; ; length += 1) {
    const digit = DIGITS.indexOf(text.charAt(length));
    bits += (digit & 31) * 2 ** (5 * length);
    if (digit < 32) {
      const size = Math.floor(bits / 2);
      return { value: bits % 2 === 1 ? -size : size, length: length + 1 };
    }
  }
}

function writeVlq(value: number): string {
  let bits = Math.abs(value) * 2 + (value < 0 ? 1 : 0);
  let text = "";
  do {
    const rest = Math.floor(bits / 32);
    text += DIGITS.charAt((bits % 32) + (rest > 0 ? 32 : 0));
    bits = rest;
  } while (bits > 0);
  return text;
}

/** Escapes by code units, which strings, templates, expressions and comments all take. */
function toAscii(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
