/** Reads what ANV prints of a pipeline under INTEL_DEBUG=cs: Intel's code by brw. */
import { fromLast, link, statOf } from "./instruction.ts";
import type { Draft, Parsed } from "./instruction.ts";

/** @param native lanes that a vector instruction computes together: 8 on Gen12, 16 on Xe2 */
export function parseBrw(output: string, native: number): Parsed {
  const text = fromLast(output, "Native code for");
  const width = statOf(text, "SIMD width", /SIMD(\d+) shader/);
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  const lines = text.split("\n");
  for (const [i, line] of lines.entries()) {
    const block = /^\s+START (B\d+)/.exec(line)?.[1];
    if (block !== undefined) {
      labels.set(block, drafts.length);
      continue;
    }
    const end = /^\s+END B\d+(.*)/.exec(line)?.[1];
    if (end !== undefined) {
      // The last instruction of a block goes where the block goes back to.
      for (const [, to = ""] of end.matchAll(/->(B\d+)/g)) {
        if (labels.has(to)) drafts.push({ op: "edge", kind: "control", times: 0, to });
      }
      continue;
    }
    const found = /^(?:\([^)]*\) )?\s*([a-z][\w.]*(?: [a-z]\w*)?)\((\d+)\)(.*)$/.exec(line);
    const [, op, size, rest = ""] = found ?? [];
    if (op === undefined) continue;
    // Of a whole subgroup: what works on half of it counts half; a scalar takes as long as a full
    // unit of the hardware.
    const times = Math.max(Number(size), native) / width;
    drafts.push(draftOf(op, rest, lines[i + 1] ?? "", times, width));
  }
  const spills = statOf(text, "spills", /(\d+):\d+ spills/);
  return {
    instructions: link(drafts, labels),
    registers: statOf(text, "registers", /GRF registers: (\d+)/),
    spills: spills + statOf(text, "fills", /\d+:(\d+) spills/),
    occupancy: `SIMD${width}`,
    codeBytes: statOf(text, "code size", /to (\d+) bytes/),
  };
}

function draftOf(op: string, rest: string, next: string, times: number, width: number): Draft {
  if (/^(mad|mac)/.test(op) && /H?F\b/.test(rest)) return { op, kind: "fma", fma: 1, times };
  if (op.startsWith("dpas")) return { op, kind: "matrix", times };
  if (op.startsWith("send")) return messageOf(op, `${rest} ${next}`, width);
  if (/^(sync|while|do|if|else|endif|break|cont|halt|jmpi|nop|wait)/.test(op)) {
    return { op, kind: "control", isFree: op.startsWith("sync"), times: 0.5 };
  }
  return { op, kind: "alu", times };
}

/**
 * A message to memory, by its description on the line below: `slm` and `ugm` of Xe, or surfaces 254
 * (workgroup memory) and 253 (scratch) of Gen12 and before, with a bit for each channel left out.
 */
function messageOf(op: string, about: string, width: number): Draft {
  const mask = /Mask = 0x([0-9a-f])/.exec(about)?.[1];
  const left = mask && [1, 2, 4, 8].filter((bit) => (Number.parseInt(mask, 16) & bit) === 0).length;
  const values = Number(left ?? /\bV(\d+)\b/.exec(about)?.[1] ?? 1);
  // A transposed message loads for all lanes together.
  const bytes = about.includes("transpose") ? (4 * values) / width : 4 * values;
  const isLoad = /\( *load|\bread\b/.test(about);
  const isStore = /\( *store|\bwrite\b/.test(about);
  if (!isLoad && !isStore) return { op, kind: "control" };
  if (/\bslm\b|Surface = 254/.test(about))
    return isLoad ? { op, kind: "sharedLoad", bytes } : { op, kind: "sharedStore" };
  // Scratch is the surface that has no table of bindings.
  const isStack = /bti 253|Surface = 253|scratch/.test(about);
  const isScratch =
    isStack || (/\bugm\b/.test(about) && /\bss\b/.test(about) && !/bss|bti/.test(about));
  if (isScratch) return { op, kind: "spill" };
  return isLoad ? { op, kind: "load", bytes } : { op, kind: "store" };
}
