// Tested by: test/residency/upload.gpu.test.ts
/**
 * Packs rows that were read into weights on the GPU. One write is enough if the rows have the same
 * bytes there, or are only farther apart. A kernel packs rows that are widened, quantised or short.
 *
 * All rows of a reading go in one submit. A checkpoint has hundreds of small tensors, and
 * submitting them one by one takes longer than moving them. The queue keeps writes and dispatches
 * in order, so one buffer serves all readings. Nothing here waits for the GPU: `settle` throws the
 * errors of a reading.
 */
import { at } from "../base/at.ts";
import { GpuError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { Pipeline } from "../gpu/pipelines.ts";
import { COPY_DST, STORAGE, UNIFORM } from "../gpu/usage.ts";
import { roundUp } from "../kernels/kernel.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import { packStep } from "../kernels/repack.ts";
import type { PackStep } from "../kernels/repack.ts";
import { packParams, PARAMS_STRIDE } from "../kernels/params.ts";
import { isQuantised } from "../kernels/weight-forms.ts";
import { checkVector, FiniteCheck } from "./finite.ts";
import { isMoved, layoutBytes, layOut, hasStoredLayout, strideBytes } from "./lay-out.ts";
import type { PlacedBlock, Strip } from "./read-plan.ts";

/** Alignment of strips in the buffer of raw rows: WebGPU's minStorageBufferOffsetAlignment. */
const ALIGNMENT = 256;

/** Rows of one strip that a kernel packs. */
interface RawRows {
  readonly label: string;
  readonly isQuantised: boolean;
  readonly step: PackStep;
  readonly rows: Uint8Array<ArrayBuffer>;
  readonly out: GPUBuffer;
}

/** Starts compiling the kernels that the blocks need. */
export function prepareKernels(device: Device, blocks: readonly PlacedBlock[]): void {
  const strips = blocks.filter((placed) => !isWritten(placed)).flatMap(({ block }) => block);
  for (const strip of strips) {
    const { kernel, constants } = stepOf(strip, 0);
    // `pack` waits for it, and throws its error.
    device.pipelines.get(kernel, constants).catch(() => {});
  }
}

export class RowPacker {
  readonly #device: Device;
  #raw: GPUBuffer | undefined;
  #params: GPUBuffer | undefined;
  /** Rows in GPU layout. */
  #laid: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #pending: Promise<unknown>[] = [];
  readonly #finite: FiniteCheck;

  constructor(device: Device) {
    this.#device = device;
    this.#finite = new FiniteCheck(device);
  }

  /**
   * Queues the rows of a reading; their memory can be reused when this returns.
   * @param bytes of the reading, in memory that extends to a whole u32 at least
   * @throws WeightsError for a vector with NaN or infinity
   */
  async pack(
    bytes: Uint8Array<ArrayBuffer>,
    blocks: readonly PlacedBlock[],
    bufferOf: (part: WeightPart) => GPUBuffer,
  ): Promise<void> {
    const written: PlacedBlock[] = [];
    const raw: RawRows[] = [];
    for (const placed of blocks) {
      checkVectors(bytes, placed);
      if (isWritten(placed)) written.push(placed);
      else raw.push(...this.#rawRows(bytes, placed, bufferOf));
    }
    const { pipelines } = this.#device;
    const compiled = await this.#device.race(
      Promise.all(raw.map(({ step }) => pipelines.get(step.kernel, step.constants))),
    );
    this.#scoped(blocks[0]?.block[0]?.part.key ?? "weights", () => {
      for (const placed of written) this.#write(bytes, placed, bufferOf);
      if (raw.length > 0) this.#dispatch(raw, compiled);
    });
  }

  /** @throws GpuError if the browser refused anything since the last call */
  async settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }

  /**
   * Waits for quantised tensors.
   * @throws WeightsError that names a tensor with NaN or infinity
   */
  async checkFinite(): Promise<void> {
    await this.#finite.check();
  }

  /** Frees the buffers. Queued work still runs. */
  destroy(): void {
    this.#release();
    this.#finite.destroy();
    this.#laid = new Uint8Array(0);
  }

  #rawRows(
    bytes: Uint8Array<ArrayBuffer>,
    placed: PlacedBlock,
    bufferOf: (part: WeightPart) => GPUBuffer,
  ): RawRows[] {
    const rows = rowsOf(bytes, placed);
    return placed.block.map((strip, i) => {
      const { part, form } = strip;
      const isBlocks = isQuantised(form);
      const step = stepOf(strip, isBlocks ? this.#finite.numberOf(strip) : 0);
      const own = { label: part.key, isQuantised: isBlocks, step };
      return { ...own, rows: at(rows, i), out: bufferOf(part) };
    });
  }

  #write(
    bytes: Uint8Array<ArrayBuffer>,
    { block, offsets }: PlacedBlock,
    bufferOf: (part: WeightPart) => GPUBuffer,
  ): void {
    const [first] = block;
    if (!first) return;
    const rows = rowsOf(bytes, { block, offsets });
    const laid = hasStoredLayout(first) ? rows[0] : this.#layOut(rows, block);
    const offset = first.firstRow * strideBytes(first);
    if (laid) this.#device.gpu.queue.writeBuffer(bufferOf(first.part), offset, laid);
  }

  #layOut(
    rows: readonly Uint8Array<ArrayBuffer>[],
    block: PlacedBlock["block"],
  ): Uint8Array<ArrayBuffer> {
    const bytes = layoutBytes(block);
    if (this.#laid.byteLength < bytes) this.#laid = new Uint8Array(bytes);
    const laid = this.#laid.subarray(0, bytes);
    layOut(rows, block, laid);
    return laid;
  }

  /** Runs the kernels of all strips in one pass. */
  #dispatch(raw: readonly RawRows[], compiled: readonly Pipeline[]): void {
    const { gpu, pipelines } = this.#device;
    const rawBytes = raw.reduce((sum, { rows }) => sum + roundUp(rows.byteLength, ALIGNMENT), 0);
    const buffer = (this.#raw = this.#atLeast(this.#raw, "rows to pack", rawBytes, STORAGE));
    const paramsBytes = raw.length * PARAMS_STRIDE;
    const label = "rows to pack: params";
    const params = (this.#params = this.#atLeast(this.#params, label, paramsBytes, UNIFORM));
    gpu.queue.writeBuffer(params, 0, packParams(raw.map(({ step }) => step)));
    const layout = pipelines.paramsLayout;
    const entries = [{ binding: 0, resource: { buffer: params, size: PARAMS_STRIDE } }];
    const paramsGroup = gpu.createBindGroup({ label, layout, entries });
    const encoder = gpu.createCommandEncoder({ label: "rows to pack" });
    const pass = encoder.beginComputePass({ label: "rows to pack" });
    let offset = 0;
    const faults = raw.some((own) => own.isQuantised)
      ? [{ binding: 2, resource: { buffer: this.#finite.buffer() } }]
      : [];
    for (const [i, { label: key, step, rows, out, isQuantised: isBlocks }] of raw.entries()) {
      const pipeline = compiled[i];
      if (!pipeline) throw new GpuError({ where: key, what: "its kernel was not compiled" });
      const size = roundUp(rows.byteLength, 4);
      gpu.queue.writeBuffer(buffer, offset, rows.buffer, rows.byteOffset, size);
      const bindGroup = gpu.createBindGroup({
        label: key,
        layout: pipeline.storageLayout,
        entries: [
          { binding: 0, resource: { buffer, offset, size } },
          { binding: 1, resource: { buffer: out } },
          ...(isBlocks ? faults : []),
        ],
      });
      pass.setPipeline(pipeline.pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.setBindGroup(1, paramsGroup, [i * PARAMS_STRIDE]);
      pass.dispatchWorkgroups(...step.grid);
      offset += roundUp(size, ALIGNMENT);
    }
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  }

  #scoped(label: string, work: () => void): void {
    const scope = this.#device.scoped(label, work);
    // `settle` throws it; until then it must not count as unhandled. Its buffers are gone with it.
    scope.catch(() => this.#release());
    this.#pending.push(scope);
  }

  /** Returns the buffer, or a larger one instead. */
  #atLeast(
    buffer: GPUBuffer | undefined,
    label: string,
    byteLength: number,
    usage: GPUBufferUsageFlags,
  ): GPUBuffer {
    if (buffer && buffer.size >= byteLength) return buffer;
    if (buffer) this.#device.release(buffer);
    return this.#device.buffer(label, byteLength, usage | COPY_DST);
  }

  #release(): void {
    for (const buffer of [this.#raw, this.#params]) {
      if (buffer) this.#device.release(buffer);
    }
    this.#raw = undefined;
    this.#params = undefined;
  }
}

/** Returns whether a write is enough, without a kernel. */
function isWritten({ block }: PlacedBlock): boolean {
  const [first] = block;
  return first !== undefined && (hasStoredLayout(first) || block.every(isMoved));
}

function stepOf(strip: Strip, fault: number): PackStep {
  return packStep({ ...strip, partRows: strip.part.rows, fault });
}

function checkVectors(bytes: Uint8Array<ArrayBuffer>, placed: PlacedBlock): void {
  const rows = rowsOf(bytes, placed);
  for (const [i, strip] of placed.block.entries()) {
    if (strip.isVector) checkVector(strip, at(rows, i));
  }
}

/** Returns the rows of each strip of the block. */
function rowsOf(
  bytes: Uint8Array<ArrayBuffer>,
  { block, offsets }: PlacedBlock,
): Uint8Array<ArrayBuffer>[] {
  return block.map(({ byteLength }, i) => {
    const begin = at(offsets, i);
    return bytes.subarray(begin, begin + byteLength);
  });
}
