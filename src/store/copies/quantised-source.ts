// Tested by: test/store/copies/quantised-copy.gpu.test.ts
/**
 * A model with a quantised decoder, as a folder that is made while it is read. The store keeps it
 * for the next visit.
 *
 *   model.safetensors   tensors that stay as stored, from the original files; then each quantised
 *                       part in GPU layout, U8 [bytes], under its key
 *   all other files     the original's
 *
 * Parts that stay on the GPU are read back from there. Others are quantised again by the same
 * kernels, which give the same bits.
 */
import type { Device } from "../../gpu/device.ts";
import { readBack } from "../../gpu/read-back.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../../gpu/usage.ts";
import type { WeightPart } from "../../kernels/kernel.ts";
import { isQuantised } from "../../kernels/weight-forms.ts";
import type { WeightHolder } from "../../pass/weight-holder.ts";
import {
  INDEX_FILE,
  PICKLED_HEAD,
  REFERENCE_FILE,
  SINGLE_FILE,
} from "../../checkpoint/checkpoint.ts";
import { checkRange } from "../../files/source.ts";
import type { Source } from "../../files/source.ts";
import type { RemoteFile } from "../download/download.ts";
import { Uploader } from "../../residency/upload.ts";
import { PACKED_DTYPE } from "../../checkpoint/weight-table.ts";
import type { WeightTable } from "../../checkpoint/weight-table.ts";

export interface QuantisedSource extends Source {
  /** Waits for pending reads, and frees their GPU memory. */
  close(): Promise<void>;
}

/** What the folder is made of. */
export interface QuantisedModel {
  readonly original: Source;
  readonly device: Device;
  readonly table: WeightTable;
  readonly holder: WeightHolder;
}

/** A tensor of the new file. */
interface Segment {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Fills `into` with the tensor's bytes from `begin`. */
  read(begin: number, into: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** Files of the original whose tensors are in the new file. */
const MERGED: readonly string[] = [INDEX_FILE, PICKLED_HEAD];

/** @param metadata what the header says about the file */
export function quantisedSource(
  name: string,
  metadata: Readonly<Record<string, string>>,
  model: QuantisedModel,
): QuantisedSource {
  const parts = new PartReader(model);
  const file = joinSegments(metadata, [...storedSegments(model.table), ...parts.segments()]);
  return {
    name,
    async open(path, signal) {
      if (path === SINGLE_FILE) return file;
      // All tensors are in the new file.
      const isWeights = path.endsWith(".safetensors") && path !== REFERENCE_FILE;
      const isMerged = MERGED.includes(path) || isWeights;
      return isMerged ? undefined : await model.original.open(path, signal);
    },
    close: () => parts.close(),
  };
}

/** Returns a safetensors file of segments, one after the other. */
function joinSegments(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly Segment[],
): RemoteFile {
  const offsets: number[] = [];
  let end = 0;
  for (const { byteLength } of tensors) {
    offsets.push(end);
    end += byteLength;
  }
  const entries = tensors.map(({ name, dtype, shape, byteLength }, i) => {
    const begin = offsets[i] ?? 0;
    return [name, { dtype, shape, data_offsets: [begin, begin + byteLength] }] as const;
  });
  const header = headerBytes({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const head: Pick<Segment, "byteLength" | "read"> = {
    byteLength: header.byteLength,
    read: async (begin, into) => into.set(header.subarray(begin, begin + into.byteLength)),
  };
  const file: RemoteFile = {
    path: SINGLE_FILE,
    version: Object.values(metadata).join(" "),
    byteLength: header.byteLength + end,
    async read(begin, into, signal) {
      checkRange(file, begin, into.byteLength);
      let at = 0;
      for (const { byteLength, read } of [head, ...tensors]) {
        const from = Math.max(begin, at);
        const to = Math.min(begin + into.byteLength, at + byteLength);
        if (from < to) {
          signal?.throwIfAborted();
          await read(from - at, into.subarray(from - begin, to - begin), signal);
        }
        at += byteLength;
      }
    },
  };
  return file;
}

/**
 * Returns length and JSON, padded with spaces: tensors begin at a multiple of 8, as in published
 * files.
 */
function headerBytes(header: Readonly<Record<string, unknown>>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + Math.ceil(text.byteLength / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.byteLength - 8), true);
  bytes.set(text, 8);
  return bytes;
}

/** Returns the tensors that are in no quantised weight. */
function storedSegments(table: WeightTable): Segment[] {
  const replaced = new Set(
    [...table.recipes.values()]
      .filter(({ weight }) => isQuantised(weight.form))
      .flatMap(({ ingredients }) => ingredients.map(({ name }) => name)),
  );
  return [...table.names()]
    .filter((name) => !replaced.has(name))
    .map((name) => {
      const { dtype, shape, file, begin, end } = table.entry(name);
      return {
        name,
        dtype,
        shape,
        byteLength: end - begin,
        read: (from, into, signal) => file.read(begin + from, into, signal),
      };
    });
}

/** Reads quantised parts back from the GPU, one read at a time. */
class PartReader {
  readonly #model: QuantisedModel;
  /** The part that was quantised last, if the holder evicts parts. */
  #scratch: { readonly key: string; readonly buffer: GPUBuffer } | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(model: QuantisedModel) {
    this.#model = model;
  }

  segments(): Segment[] {
    const { groups, recipes } = this.#model.table;
    const parts = [...groups.values()].flat().filter(({ key }) => {
      const recipe = recipes.get(key);
      return recipe && isQuantised(recipe.weight.form);
    });
    return parts.map((part) => ({
      name: part.key,
      dtype: PACKED_DTYPE,
      shape: [part.byteLength],
      byteLength: part.byteLength,
      // The store reads several ranges in parallel. They take turns, so that each part is quantised
      // once.
      read: async (begin, into, signal) => {
        const turn = this.#turn.catch(() => {}).then(() => this.#read(part, begin, into, signal));
        this.#turn = turn;
        await turn;
      },
    }));
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    this.#free();
  }

  #free(): void {
    if (this.#scratch) this.#model.device.release(this.#scratch.buffer);
    this.#scratch = undefined;
  }

  async #read(
    part: WeightPart,
    begin: number,
    into: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    signal?.throwIfAborted();
    const buffer = await this.#bufferOf(part, signal);
    // WebGPU copies whole u32s.
    const offset = Math.floor(begin / 4) * 4;
    const byteLength = begin + into.byteLength - offset;
    const [bytes] = await readBack(this.#model.device, [{ buffer, offset, byteLength }]);
    if (bytes) into.set(new Uint8Array(bytes, begin - offset));
  }

  async #bufferOf(part: WeightPart, signal: AbortSignal | undefined): Promise<GPUBuffer> {
    const { device, table, holder } = this.#model;
    const { key, group, byteLength } = part;
    if (holder.isReady(group)) return holder.buffer(part);
    if (this.#scratch?.key === key) return this.#scratch.buffer;
    this.#free();
    const buffer = await device.scoped(key, () =>
      device.buffer(key, byteLength, STORAGE | COPY_DST | COPY_SRC),
    );
    this.#scratch = { key, buffer };
    const uploader = new Uploader(device, table, { signal });
    try {
      await uploader.upload([part], () => buffer);
    } catch (error) {
      // Half of a part must not pass for the whole.
      this.#free();
      throw error;
    } finally {
      uploader.destroy();
    }
    return buffer;
  }
}
