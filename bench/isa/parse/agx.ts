/**
 * Reads what Honeykrisp prints under AGX_MESA_DEBUG=shaders,shaderdb: Apple's code by Asahi's AGX.
 */
import { fromLast, link, statOf } from "./instruction.ts";
import type { Draft, Parsed } from "./instruction.ts";

const CODE = /^ *([0-9a-f]+): ([0-9a-f]{4,})\s+(\S+)\s*(.*)$/;
const CONTROL = /^(wait|jmp|barrier|stop|trap|else|if|while|pop_exec|push_exec|begin|break)/;

export function parseAgx(output: string): Parsed {
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  for (const line of longestListing(output.split("\n"))) {
    const [, address, , op, rest = ""] = CODE.exec(line) ?? [];
    if (address === undefined || op === undefined) continue;
    const at = Number.parseInt(address, 16);
    labels.set(String(at), drafts.length);
    drafts.push(draftOf(op, rest, at));
  }
  if (drafts.length === 0) throw new Error("the compiler's output has no code");
  const stats = fromLast(output, "CS shader:");
  const stat = (what: string, pattern: RegExp): number => statOf(stats, what, pattern);
  return {
    instructions: link(drafts, labels),
    registers: stat("registers", /(\d+) gprs/),
    spills: stat("spills", /(\d+):\d+ spills/) + stat("fills", /\d+:(\d+) spills/),
    occupancy: `${stat("threads", /(\d+) threads/)} threads`,
    codeBytes: stat("code size", /(\d+) code size/),
  };
}

/** The kernel and its preamble are printed in either order: the kernel is the longer. */
function longestListing(lines: readonly string[]): readonly string[] {
  let longest: readonly string[] = [];
  for (const [start, line] of lines.entries()) {
    const address = CODE.exec(line)?.[1];
    if (address === undefined || Number.parseInt(address, 16) !== 0) continue;
    let end = start + 1;
    while (lines[end] === "" || CODE.test(lines[end] ?? "")) {
      if (Number.parseInt(CODE.exec(lines[end] ?? "")?.[1] ?? "1", 16) === 0) break;
      end++;
    }
    if (end - start > longest.length) longest = lines.slice(start, end);
  }
  return longest;
}

function draftOf(op: string, rest: string, at: number): Draft {
  const size = /i16|i8/.test(rest) ? 2 : 4;
  const bytes = (/, ([xyzw]+)(,|$)/.exec(rest)?.[1]?.length ?? 1) * size;
  if (/^(ffma|fmadd|fma|hfma)/.test(op)) return { op, kind: "fma", fma: 1 };
  if (op.startsWith("lload")) return { op, kind: "sharedLoad", bytes };
  if (op.startsWith("lstore")) return { op, kind: "sharedStore" };
  if (op.startsWith("stack")) return { op, kind: "spill" };
  if (op.startsWith("load")) return { op, kind: "load", bytes };
  if (op.startsWith("store")) return { op, kind: "store" };
  if (op.startsWith("simd_matrix")) return { op, kind: "matrix" };
  if (!CONTROL.test(op)) return { op, kind: "alu" };
  const isJump = op.startsWith("jmp");
  const to = isJump ? String(at + Number(/-?\d+/.exec(rest)?.[0])) : undefined;
  return { op, kind: "control", isFree: op.startsWith("wait"), to, jumps: op === "stop" };
}
