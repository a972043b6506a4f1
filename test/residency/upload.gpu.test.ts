/** Moving weights to the GPU: what the queue may hold, and what a refused call leaves behind. */
import { expect, test } from "vitest";
import { GpuError } from "../../src/errors.ts";
import { Device } from "../../src/gpu/device.ts";
import { readBack } from "../../src/gpu/read-back.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../../src/gpu/usage.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import type { Source } from "../../src/files/source.ts";
import { Uploader } from "../../src/residency/upload.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { memorySource } from "../../testing/files/node-source.ts";
import { safetensors } from "../../testing/checkpoint/safetensors-bytes.ts";

const MIB = 2 ** 20;
const NO_LIMIT = 2 ** 30;

/**
 * Returns the table of one BF16 weight [rows, columns]. A matrix stays BF16; a single column is a
 * vector, which is widened.
 */
async function tableOf(source: Source, rows: number, columns: number): Promise<WeightTable> {
  const table = new WeightTable(await openCheckpoint(source), NO_LIMIT);
  const ingredients = [{ name: "t", rows }];
  if (columns > 1) table.matrix("group", "weight", ingredients, columns);
  else table.vector("group", "weight", ingredients);
  table.check();
  return table;
}

function headerOf(shape: readonly number[], byteLength: number): string {
  return JSON.stringify({ t: { dtype: "BF16", shape, data_offsets: [0, byteLength] } });
}

/** Returns a checkpoint of `mebibytes` MiB, all zeros, that takes no memory. */
function hollow(mebibytes: number): Source {
  const [rows, columns] = [mebibytes * 512, 1024];
  const start = safetensors(headerOf([rows, columns], mebibytes * MIB), new Uint8Array());
  return {
    name: "hollow",
    open: async (path) =>
      path === "model.safetensors"
        ? {
            path,
            byteLength: start.byteLength + mebibytes * MIB,
            read: async (begin, into) =>
              into.set(start.subarray(begin, begin + into.byteLength).subarray(0, into.byteLength)),
          }
        : undefined,
  };
}

test("upload: a GPU that does no work → 64 MiB are queued, and a half more for each half that is done", async () => {
  let queued = 0;
  const takes: (() => void)[] = [];
  let isTaking = false;
  const queue = {
    writeBuffer: (_buffer: unknown, _at: number, { byteLength }: Uint8Array) =>
      void (queued += byteLength),
    onSubmittedWorkDone: async () =>
      await new Promise<void>((resolve) => (isTaking ? resolve() : takes.push(resolve))),
  };
  // The only parts of a device that an upload of unchanged rows uses.
  const device = {
    gpu: { queue },
    race: async (work: Promise<unknown>) => await work,
    answer: async (_where: string, work: Promise<unknown>) => await work,
    scoped: async (_where: string, work: () => unknown) => work(),
  } as unknown as Device;
  const table = await tableOf(hollow(160), 160 * 512, 1024);
  const uploader = new Uploader(device, table);
  const whole = uploader.upload([...table.groups.values()].flat(), () => ({}) as GPUBuffer);
  for (const held of [64, 96, 128]) {
    await expect.poll(() => queued / MIB).toBe(held);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(queued / MIB).toBe(held);
    takes.shift()?.();
  }
  isTaking = true;
  takes.forEach((take) => take());
  await whole;
  expect(queued / MIB).toBe(160);
});

test("upload: any one call refused → an error, and the next upload by the same hands is right", async () => {
  const values = Uint16Array.from({ length: 999 }, (_, i) => 0x3f80 + i);
  const bytes = new Uint8Array(values.buffer);
  const file = safetensors(headerOf([999], bytes.byteLength), bytes);
  const table = await tableOf(memorySource({ "model.safetensors": file }), 999, 1);
  const parts = [...table.groups.values()].flat();
  const [part] = parts;
  const wanted = [...values].map((half) => half << 16);
  const faulty = faultyGpu(testGpu());
  const device = await Device.open(faulty.gpu);
  const out = device.buffer("out", part?.byteLength ?? 0, STORAGE | COPY_DST | COPY_SRC);
  let refused = 0;
  let isPast = false;
  for (let at = 1; !isPast; at++) {
    const uploader = new Uploader(device, table);
    faulty.arm({ kind: "rejected", at });
    const error: unknown = await uploader.upload(parts, () => out).catch((cause: unknown) => cause);
    isPast = faulty.calls < at;
    if (error !== undefined) {
      expect(error).toBeInstanceOf(GpuError);
      refused += 1;
    }
    faulty.arm({ kind: "rejected", at: Infinity });
    await uploader.upload(parts, () => out);
    const [got] = await readBack(device, [{ buffer: out, byteLength: 999 * 4 }]);
    expect([...new Int32Array(got ?? new ArrayBuffer(0))]).toEqual(wanted);
    uploader.destroy();
  }
  expect(refused).toBeGreaterThan(5);
  device.release(out);
  expect(device.liveBuffers).toBe(0);
  device.destroy();
}, 60_000);
