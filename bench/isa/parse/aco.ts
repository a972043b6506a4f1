/** Reads what RADV prints of a pipeline under RADV_DEBUG=shaders,shaderstats: AMD's code by ACO. */
import { fromLast, link, statOf } from "./instruction.ts";
import type { Draft, Parsed } from "./instruction.ts";

export function parseAco(output: string): Parsed {
  const text = fromLast(output, "disasm:");
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  const end = text.indexOf("*** SHADER STATS");
  for (const line of text.slice(0, end < 0 ? undefined : end).split("\n")) {
    const label = /^(BB\d+):/.exec(line)?.[1];
    if (label !== undefined) {
      labels.set(label, drafts.length);
      continue;
    }
    const [, op, rest = ""] = /^\t([a-z]\w+)(.*?)(?:;|$)/.exec(line) ?? [];
    if (op !== undefined) drafts.push(draftOf(op, rest));
  }
  const stat = (name: string): number => statOf(text, name, new RegExp(`^${name}: (\\d+)`, "m"));
  return {
    instructions: link(drafts, labels),
    registers: stat("VGPRs"),
    spills: stat("Spilled VGPRs") + stat("Spilled SGPRs"),
    occupancy: `${stat("Subgroups per SIMD")} waves`,
    codeBytes: stat("Code size"),
  };
}

function bytesOf(op: string): number {
  if (/2addr\w*_b64|read2\w*_b64|_b128|dwordx4/.test(op)) return 16;
  if (/_b96|dwordx3/.test(op)) return 12;
  if (/2addr\w*_b32|read2\w*_b32|_b64|dwordx2/.test(op)) return 8;
  return 4;
}

function draftOf(op: string, rest: string): Draft {
  if (/^v_(swmmac|wmma|mfma)/.test(op)) return { op, kind: "matrix" };
  if (op.startsWith("v_dual")) {
    const fma = `${op}${rest}`.match(/v_dual_(?:fma|fmac|fmaak|fmamk)\b/g)?.length ?? 0;
    return { op, kind: fma > 0 ? "fma" : "alu", fma };
  }
  if (/^v_pk_(fma|fmac)_f/.test(op)) return { op, kind: "fma", fma: 2 };
  if (/^v_(fma|fmac|mac|mad|fmaak|fmamk|madak|madmk)_(f32|f16|legacy_f32)|^v_fma_mix/.test(op)) {
    return { op, kind: "fma", fma: 1 };
  }
  if (op.startsWith("v_")) return { op, kind: "alu" };
  if (/^ds_(load|read)/.test(op)) return { op, kind: "sharedLoad", bytes: bytesOf(op) };
  if (/^ds_(store|write)/.test(op)) return { op, kind: "sharedStore" };
  if (op.startsWith("scratch_")) return { op, kind: "spill" };
  if (/^(buffer|global)_load/.test(op)) return { op, kind: "load", bytes: bytesOf(op) };
  if (/^(buffer|global)_store/.test(op)) return { op, kind: "store" };
  const isBranch = /^s_c?branch/.test(op);
  return {
    op,
    kind: "control",
    isFree: /^s_(waitcnt|delay_alu|clause|nop|wait_)/.test(op),
    to: isBranch ? /(BB\d+)/.exec(rest)?.[1] : undefined,
    jumps: op === "s_branch" || op === "s_endpgm",
  };
}
