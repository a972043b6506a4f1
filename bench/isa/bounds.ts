/**
 * What the code of chosen kernels is held to, on the GPUs that stand for their kind: no spills, the
 * share of multiply-adds, and the bytes of workgroup memory for each of them.
 */
import { isBoundForm } from "./rows.ts";
import type { Row } from "./rows.ts";

export interface Bounds {
  /** Registers spilled or filled, at most. */
  readonly spills: number;
  /** Percent of multiply-adds among arithmetic instructions, at least. */
  readonly matmul?: { readonly stored: number; readonly quantised: number };
  /** Of attention, heads of 128 and of 80. */
  readonly attention?: { readonly 128: number; readonly 80: number };
}

const INTEL: Bounds = {
  spills: 0,
  matmul: { stored: 79, quantised: 75 },
  attention: { 128: 63, 80: 58 },
};

export const bounds: Readonly<Record<string, Bounds>> = {
  rdna3: {
    spills: 0,
    matmul: { stored: 93, quantised: 88 },
    attention: { 128: 82, 80: 76 },
  },
  ampere: {
    spills: 0,
    matmul: { stored: 77, quantised: 73 },
    attention: { 128: 45, 80: 42 },
  },
  arc: INTEL,
  xe2: INTEL,
  "arc-without": { spills: 16 },
  "xe2-without": { spills: 16 },
  "apple-m1": {
    spills: 0,
    matmul: { stored: 77, quantised: 75 },
    attention: { 128: 45, 80: 42 },
  },
  adreno7: {
    spills: 0,
    matmul: { stored: 77, quantised: 73 },
    attention: { 128: 78, 80: 74 },
  },
};

/** Bytes of workgroup memory that a lane loads for each multiply-add, at most. */
const SHARED_BYTES = { matmul: 1, attention: 2.2 };

/**
 * Returns the bounds that chosen kernels break, a line each. Rows of other GPUs have none. Rivals
 * of matrix units, which only the GPUs of their sizes get, must at least be compiled.
 */
export function brokenBounds(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    if (row.role === "chosen") return brokenBy(row);
    const { gpu, kernel, role, failed } = row;
    const mustCompile = role === "rival" && kernel.startsWith("matmul-matrix");
    return mustCompile && failed !== undefined ? [`${gpu} ${kernel}: not compiled: ${failed}`] : [];
  });
}

function brokenBy(row: Row): string[] {
  const own = bounds[row.gpu];
  const { kernel, failed, share, sharedBytes } = row;
  // NVIDIA's compiler counts no spills where an array lies in memory.
  const spills = Math.max(row.spills ?? 0, row.scratch ?? 0);
  const isMatmul = kernel.startsWith("matmul");
  const isAttention = kernel.startsWith("attention");
  if (own === undefined || (isMatmul && !isBoundForm(kernel))) return [];
  const where = `${row.gpu} ${kernel}`;
  if (failed !== undefined) return [`${where}: not compiled: ${failed}`];
  const broken: string[] = [];
  if (spills > own.spills) broken.push(`${where}: ${spills} spills, allowed ${own.spills}`);
  const least = leastShare(kernel, own);
  if (least !== undefined && !((share ?? Number.NaN) >= least)) {
    broken.push(`${where}: ${share ?? "no"} % multiply-adds, at least ${least} wanted`);
  }
  const most = isMatmul ? SHARED_BYTES.matmul : isAttention ? SHARED_BYTES.attention : undefined;
  if (most !== undefined && own.matmul && !((sharedBytes ?? Number.NaN) <= most)) {
    broken.push(`${where}: ${sharedBytes ?? "no"} bytes a product, allowed ${most}`);
  }
  return broken;
}

function leastShare(kernel: string, { matmul, attention }: Bounds): number | undefined {
  if (kernel.startsWith("matmul")) {
    return kernel.endsWith("-bf16") ? matmul?.stored : matmul?.quantised;
  }
  if (kernel.startsWith("attention") && kernel.endsWith("-128")) return attention?.[128];
  if (kernel.startsWith("attention") && kernel.endsWith("-80")) return attention?.[80];
  return undefined;
}
