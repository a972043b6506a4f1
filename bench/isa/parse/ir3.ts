/**
 * Reads what Turnip prints of a pipeline under IR3_SHADER_DEBUG=disasm,cs: Adreno's code by ir3.
 */
import { fromLast, link, statOf } from "./instruction.ts";
import type { Draft, Parsed } from "./instruction.ts";

export function parseIr3(output: string): Parsed {
  const text = fromLast(output, "Native code for").replaceAll("MESA: info: ", "");
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  let spills = 0;
  for (const line of text.split("\n")) {
    const label = /^(l\d+):/.exec(line)?.[1];
    if (label !== undefined) {
      labels.set(label, drafts.length);
      continue;
    }
    if (/^[;@]/.test(line)) continue;
    const found = /^((?:\([a-z]+\d*\))*)\s*([a-z][\w.]*)(.*)$/.exec(line);
    const [, flags = "", op, rest = ""] = found ?? [];
    if (op === undefined) continue;
    const draft = draftOf(op, rest);
    drafts.push({ ...draft, times: 1 + Number(/\(rpt(\d)\)/.exec(flags)?.[1] ?? 0) });
    spills += draft.kind === "spill" ? 1 : 0;
    const idle = Number(/\(nop(\d)\)/.exec(flags)?.[1] ?? 0);
    if (idle > 0) drafts.push({ op: "nop", kind: "control", times: idle });
  }
  return {
    instructions: link(drafts, labels),
    registers: statOf(text, "full registers", /(\d+) full/),
    spills,
    occupancy: `${statOf(text, "waves", /(\d+) max_waves/)} waves`,
    codeBytes: 8 * statOf(text, "instructions", /: (\d+) instr/),
  };
}

function draftOf(op: string, rest: string): Draft {
  const values = Number(/, (\d+)\s*$/.exec(rest)?.[1] ?? /\.(\d)\./.exec(op)?.[1] ?? 1);
  if (/^(mad|fma)\.f(32|16)/.test(op)) return { op, kind: "fma", fma: 1 };
  if (op.startsWith("ldl")) return { op, kind: "sharedLoad", bytes: 4 * values };
  if (op.startsWith("stl")) return { op, kind: "sharedStore" };
  if (/^(ldp|stp)/.test(op)) return { op, kind: "spill" };
  if (op.startsWith("isam")) {
    return { op, kind: "load", bytes: 4 * (/\(([xyzw]+)\)/.exec(rest)?.[1]?.length ?? 1) };
  }
  if (/^(ldib|ldg|ldc)/.test(op)) {
    return { op, kind: "load", bytes: 4 * Number(/\.u(?:32|16)\.(\d)/.exec(op)?.[1] ?? 1) };
  }
  if (/^(stib|stg)/.test(op)) return { op, kind: "store" };
  const isControl =
    /^(nop|jump|br|bar|end|predt|predf|prede|getone|shps|shpe|fence|sleep|chmask)/.test(op);
  if (!isControl) return { op, kind: "alu" };
  const to = /#(l\d+)/.exec(rest)?.[1];
  return { op, kind: "control", to, jumps: op === "jump" || op === "end" };
}
