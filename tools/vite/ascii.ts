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
        if (part.type === "chunk") part.code = toAscii(part.code);
      }
    },
  };
}

/** Escapes by code units, which strings, templates, expressions and comments all take. */
function toAscii(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
