/** One kernel on one GPU: what is kept in bench/isa.json. */
import { createHash } from "node:crypto";
import { isQuantised } from "../../src/kernels/weight-forms.ts";
import type { Gpu } from "./gpus.ts";
import type { GpuJob, Job, Role } from "./jobs.ts";
import { turnOf } from "./loops.ts";
import type { Counts } from "./loops.ts";
import type { Parsed } from "./parse/instruction.ts";
import type { Banks } from "./trace.ts";

export interface Row {
  readonly gpu: string;
  readonly kernel: string;
  /** Whether the GPU's profile starts with it, times it as a rival, or neither. */
  readonly role: Role;
  /** Of the source and its constants: tells whether the row is of today's kernel. */
  readonly source: string;
  /** Why it was not compiled; the rest is missing then. */
  readonly failed?: string;
  readonly registers?: number;
  readonly spills?: number;
  readonly occupancy?: string;
  readonly codeBytes?: number;
  /** Useful multiply-adds of a turn among its arithmetic instructions, in percent. */
  readonly share?: number;
  /** Multiply-adds of a turn, and its arithmetic instructions. */
  readonly fma?: number;
  readonly alu?: number;
  /** Products of matrix units of a turn, if there are any. */
  readonly matrix?: number;
  /** Bytes of workgroup memory that a lane loads for each multiply-add. */
  readonly sharedBytes?: number;
  /** Loads from memory in a turn. */
  readonly loads?: number;
  /** Scratch accesses in a turn. */
  readonly scratch?: number;
  /** Cycles of an access to workgroup memory over those without conflicts, mean and worst. */
  readonly loadConflicts?: readonly [number, number];
  readonly storeConflicts?: readonly [number, number];
}

/** Returns a hash of what is compiled: comments are not. */
export function sourceHash({ step }: Pick<Job, "step">): string {
  const code = step.kernel.source.replaceAll(/\s*\/\/[^\n]*/g, "");
  const text = `${code}${JSON.stringify(step.constants)}`;
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** Returns the row of a compiled job. */
export function rowOf(
  gpu: Gpu,
  { job, role }: GpuJob,
  parsed: Parsed | { readonly failed: string },
  banks: Banks | undefined,
): Row {
  const head = { gpu: gpu.name, kernel: job.id, role, source: sourceHash(job) };
  if ("failed" in parsed) return { ...head, failed: parsed.failed };
  const { registers, spills, occupancy, codeBytes } = parsed;
  const turn = job.kind === "small" ? undefined : turnOf(parsed.instructions, job.turn);
  return {
    ...head,
    registers,
    spills,
    occupancy,
    codeBytes,
    ...(turn && {
      // What matrix units multiply is in no multiply-add, so shares of those say nothing.
      ...(turn.matrix > 0 ? { matrix: round(turn.matrix, 1) } : ofMultiplyAdds(job, turn)),
      alu: round(turn.alu, 1),
      loads: round(turn.loads, 1),
      scratch: round(turn.spills, 1),
    }),
    ...(banks &&
      banks.bytes > 0 && {
        loadConflicts: [round(banks.loads.mean, 2), round(banks.loads.worst, 2)] as const,
        storeConflicts: [round(banks.stores.mean, 2), round(banks.stores.worst, 2)] as const,
      }),
  };
}

/** Returns what is counted by multiply-adds. */
function ofMultiplyAdds(
  job: Job,
  { fma, fmaIssues, alu, sharedBytes }: Counts,
): Pick<Row, "share" | "sharedBytes" | "fma"> {
  const useful = usefulPart(job, fma);
  return {
    share: round((100 * fmaIssues * useful) / alu, 1),
    sharedBytes: fma > 0 ? round(sharedBytes / fma / useful, 2) : 0,
    fma: round(fma, 1),
  };
}

/**
 * Returns the part of multiply-adds that a result needs. Of a matmul others unpack weights; of
 * attention, whose loops are counted from its tile, others multiply what pads the tile.
 */
function usefulPart({ kind, turn }: Job, fma: number): number {
  if (turn === undefined) return 1;
  const all = turn.phases.reduce((sum, { total }) => sum + total, 0);
  return turn.useful / (kind === "matmul" ? Math.max(all, fma) : all);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** True if the bounds speak of the weights' form: those that models have. */
export function isBoundForm(kernel: string): boolean {
  const form = kernel.split("-").at(-1) ?? "";
  return form === "bf16" || isQuantised(form as "q8");
}
