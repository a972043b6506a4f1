// Tested by: test/pass/encode.gpu.test.ts
/**
 * Runs a plan: encodes its steps in submits of about a tenth of a second, then reads its outputs
 * back.
 *
 * Short submits keep watchdogs quiet and pages responsive; between them an abort takes effect. Two
 * submits are in flight, so that the GPU never waits for the encoder. The `WeightHolder` knows
 * where the weights of a step come from.
 */
import type { Device } from "../gpu/device.ts";
import { GpuError } from "../errors.ts";
import { at } from "../base/at.ts";
import { readBack } from "../gpu/read-back.ts";
import type { Step, Tensor } from "../kernels/kernel.ts";
import type { Arena } from "./arena.ts";
import { PARAMS_STRIDE } from "../kernels/params.ts";
import { createEncoder } from "./encode.ts";
import type { Encoder } from "./encode.ts";
import { assignBuffers, findLifetimes } from "./lifetimes.ts";
import type { Plan } from "./plan.ts";
import type { WeightHolder } from "./weight-holder.ts";

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the finished share of the pass, from 0 to 1, after each submit. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** The target time of one submit. */
const SUBMIT_MS = 100;
/**
 * The cost of a device's first submits, before its pace is known: SwiftShader needs about 100 ms.
 */
const FIRST_COST = 5e7;

/** The pace of each device, in cost per millisecond, from its last submits. */
const paces = new WeakMap<Device, number>();

/** Runs the plan and returns its outputs, without the padding of their rows. */
export async function run(
  device: Device,
  arena: Arena,
  weights: WeightHolder,
  plan: Plan,
  { signal, onProgress }: RunOptions = {},
): Promise<Map<string, Float32Array>> {
  signal?.throwIfAborted();
  const { encoder, bufferOf } = await prepare(device, arena, weights, plan);
  weights.expect(plan.groups());
  await encodeAll(device, weights, plan, encoder, { signal, onProgress });
  return await readOutputs(device, plan, bufferOf);
}

/** Prepares the first submit: buffers, compiled pipelines, params and inputs. */
export async function prepare(
  device: Device,
  arena: Arena,
  weights: WeightHolder,
  plan: Plan,
): Promise<{ encoder: Encoder; bufferOf: (tensor: Tensor) => GPUBuffer }> {
  const layout = assignBuffers(findLifetimes(plan), plan.tensors.length);
  const buffers = await arena.reserve(layout);
  const params = await arena.params(plan.steps.length * PARAMS_STRIDE);
  const bufferOf = ({ id, label }: Tensor): GPUBuffer => {
    const slot = layout.slots[id];
    if (slot === undefined) {
      throw new GpuError({ where: label, what: "a tensor that no step uses has no buffer" });
    }
    return at(buffers, slot);
  };
  const encoder = await createEncoder(device, weights, plan, bufferOf, params);
  await device.scoped("inputs", () => {
    for (const [tensor, values] of plan.inputs) {
      if (layout.slots[tensor.id] !== undefined) {
        device.gpu.queue.writeBuffer(bufferOf(tensor), 0, values as Uint32Array<ArrayBuffer>);
      }
    }
  });
  return { encoder, bufferOf };
}

/** Compiles every pipeline of the plan. */
export async function compile(device: Device, plan: Plan): Promise<void> {
  const pipelines = plan.steps.map(({ kernel, constants }) =>
    device.pipelines.get(kernel, constants),
  );
  await device.race(Promise.all(pipelines));
}

async function encodeAll(
  device: Device,
  weights: WeightHolder,
  plan: Plan,
  encoder: Encoder,
  { signal, onProgress }: RunOptions,
): Promise<void> {
  const lastUse = findLastUses(plan);
  const totalCost = plan.steps.reduce((sum, { cost }) => sum + cost, 0);
  const pending: Promise<void>[] = [];
  let doneCost = 0;
  let next = 0;
  try {
    while (next < plan.steps.length) {
      signal?.throwIfAborted();
      const budget = (paces.get(device) ?? FIRST_COST / SUBMIT_MS) * SUBMIT_MS;
      const batch = takeBatch(plan.steps, next, budget, (group) => weights.isReady(group));
      next += batch.length;
      for (const group of new Set(batch.flatMap(groupsOf))) {
        await device.race(weights.acquire(group, signal));
      }
      const begin = performance.now();
      const label = batch[0]?.label ?? "pass";
      await device.scoped(label, () => encoder.submit(batch));
      const cost = batch.reduce((sum, step) => sum + step.cost, 0);
      const done = device.answer(label, device.gpu.queue.onSubmittedWorkDone()).then(() => {
        paces.set(device, Math.max(1, cost / Math.max(1, performance.now() - begin)));
        doneCost += cost;
        releaseUsed(weights, batch, lastUse);
        onProgress?.(doneCost / totalCost);
      });
      // The next wait reports a lost device; until then it must not count as unhandled.
      done.catch(() => {});
      pending.push(done);
      if (pending.length > 1) {
        await pending.shift();
      }
    }
    await Promise.all(pending);
    signal?.throwIfAborted();
  } finally {
    // Submits in flight release their weights. This must not happen in the middle of the next pass.
    await Promise.allSettled(pending);
  }
}

/** Releases the groups that no later step reads. */
function releaseUsed(
  weights: WeightHolder,
  batch: readonly Step[],
  lastUse: ReadonlyMap<string, Step>,
): void {
  for (const group of new Set(batch.flatMap(groupsOf))) {
    const last = lastUse.get(group);
    if (last && batch.includes(last)) {
      weights.release(group);
    }
  }
}

function groupsOf({ bindings }: Step): string[] {
  return bindings.flatMap((binding) => (binding.kind === "weight" ? [binding.group] : []));
}

function findLastUses(plan: Plan): Map<string, Step> {
  const last = new Map<string, Step>();
  for (const step of plan.steps) {
    groupsOf(step).forEach((group) => last.set(group, step));
  }
  return last;
}

/**
 * Returns steps from `first` on that cost about `budget` together, at least one. Only the first may
 * wait for its weights: a submit that holds some groups while it waits for others could wait
 * forever.
 */
function takeBatch(
  steps: readonly Step[],
  first: number,
  budget: number,
  isReady: (group: string) => boolean,
): readonly Step[] {
  let cost = 0;
  let end = first;
  const [awaited] = groupsOf(at(steps, first));
  for (const step of steps.slice(first)) {
    const fits = cost + step.cost <= budget;
    const isHere = groupsOf(step).every((group) => group === awaited || isReady(group));
    if (end > first && !(fits && isHere)) {
      break;
    }
    cost += step.cost;
    end += 1;
  }
  return steps.slice(first, end);
}

/** Returns the outputs' values, row after row, without the zeros that pad rows. */
async function readOutputs(
  device: Device,
  plan: Plan,
  bufferOf: (tensor: Tensor) => GPUBuffer,
): Promise<Map<string, Float32Array>> {
  const outputs = [...plan.outputs];
  const sources = outputs.map(([, tensor]) => ({
    buffer: bufferOf(tensor),
    byteLength: tensor.byteLength,
  }));
  const bytes = await readBack(device, sources);
  return new Map(
    outputs.map(([name, tensor], i) => [name, unpad(new Float32Array(at(bytes, i)), tensor)]),
  );
}

function unpad(padded: Float32Array, { rows, columns, stride }: Tensor): Float32Array {
  if (stride === columns) {
    return padded;
  }
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    values.set(padded.subarray(row * stride, row * stride + columns), row * columns);
  }
  return values;
}
