/** Reads what NVK prints of a pipeline under NAK_DEBUG=print: NVIDIA's code by NAK. */
import { fromLast, link, statOf } from "./instruction.ts";
import type { Draft, Parsed } from "./instruction.ts";

const LINE =
  /^(?:@!?u?p\d+)?\s+(?:\S+(?: \S+)?\s+= )?([a-z]\w*[\w.[\]-]*)(.*?)(?:\/\/ delay=\d+|$)/;
const CONTROL =
  /^(bra|bsync|bssy|bclear|bar|exit|nop|membar|warpsync|bmov|sync|break|kill|cctl|errbar)/;

export function parseNak(output: string): Parsed {
  const text = fromLast(output, "NAK IR after calc_instr_deps:");
  const stats = fromLast(output, "Stage: compute");
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  for (const line of (text.split(/^Stage:/m)[0] ?? "").split("\n")) {
    const block = /^block\S* \d+ (L\d+)/.exec(line)?.[1];
    if (block !== undefined) {
      labels.set(block, drafts.length);
      continue;
    }
    const [, op, rest = ""] = line.startsWith("}") ? [] : (LINE.exec(line) ?? []);
    if (op !== undefined) drafts.push(draftOf(op, rest, line));
  }
  const stat = (name: string): number => statOf(stats, name, new RegExp(`^${name}: (\\d+)`, "m"));
  return {
    instructions: link(drafts, labels),
    registers: stat("Num GPRs"),
    spills: stat("Spills to mem") + stat("Fills from mem"),
    occupancy: `${stat("Max warps/SM")} warps`,
    codeBytes: 16 * stat("Instruction count"),
  };
}

function bytesOf(op: string): number {
  if (op.includes("b128")) return 16;
  return op.replace("a64", "").includes("b64") ? 8 : 4;
}

function draftOf(op: string, rest: string, line: string): Draft {
  if (op.startsWith("ffma")) return { op, kind: "fma", fma: 1 };
  if (op.startsWith("hfma2")) return { op, kind: "fma", fma: 2 };
  if (/^(hmma|imma)/.test(op)) return { op, kind: "matrix" };
  if (/^(ld\.shared|ldsm)/.test(op)) return { op, kind: "sharedLoad", bytes: bytesOf(op) };
  if (op.startsWith("st.shared")) return { op, kind: "sharedStore" };
  // Local memory: an array that is indexed by a variable, or a spill.
  if (/^(ld|st)\.local/.test(op)) return { op, kind: "spill" };
  if (op.startsWith("ld.global")) return { op, kind: "load", bytes: bytesOf(op) };
  if (op.startsWith("st.global")) return { op, kind: "store" };
  if (!CONTROL.test(op)) return { op, kind: "alu" };
  return {
    op,
    kind: "control",
    to: op.startsWith("bra") ? /(L\d+)/.exec(rest)?.[1] : undefined,
    jumps: op === "exit" || (op === "bra" && !line.startsWith("@") && !/u?p\d/.test(rest)),
  };
}
