// Tested by: test/load/forecast.gpu.test.ts
/**
 * How long a score would take on this device, before a model is downloaded.
 *
 * The pass is written down by the engine's own plan, from the headers of the weights. Steps of the
 * same kernel and the same matrix repeat in every layer: each kind is run alone, in a shorter pass
 * and with weights of zeros, and its pace is taken for all of its kind.
 */
import { InputError } from "../../errors.ts";
import type { ModelFolder } from "../../files/resolve-source.ts";
import { parseJson, readText } from "../../files/text-file.ts";
import { Device } from "../../gpu/device.ts";
import { COPY_DST, STORAGE } from "../../gpu/usage.ts";
import { PREPROCESSOR_FILE, PROCESSOR_FILE, readImageConfig } from "../../image/config.ts";
import { chooseProfile } from "../../kernels/profile.ts";
import type { Step, WeightPart } from "../../kernels/kernel.ts";
import { EmbeddingTable } from "../../checkpoint/embedding-table.ts";
import { WeightTable } from "../../checkpoint/weight-table.ts";
import { forward } from "../../model/forward.ts";
import type { PlanParts } from "../../model/forward.ts";
import { modelWeights } from "../../model/weights.ts";
import { Arena } from "../../pass/arena.ts";
import { PlacedWeights } from "../../pass/placed-weights.ts";
import { Plan } from "../../pass/plan.ts";
import { run } from "../../pass/run.ts";
import type { WeightForm } from "../../types.ts";
import { patchesOf, samplePass } from "../pass-size.ts";
import { lookInto } from "./inspect-folder.ts";
import type { Look } from "./inspect-folder.ts";
import type { InspectOptions } from "./types.ts";

export interface ForecastOptions extends InspectOptions {
  /** The form of the matrices. */
  readonly form: WeightForm;
  /** Tokens of the picture, a square number; of a text model, tokens of the prompt. */
  readonly pictureTokens?: number | undefined;
  /** Tokens of prompt and response. */
  readonly textTokens?: number | undefined;
}

export interface Forecast {
  /** Milliseconds of one score if all weights are on the GPU. */
  readonly ms: number;
  /** Multiply-adds of matrix products and attention in it. */
  readonly products: number;
  readonly pictureTokens: number;
  readonly textTokens: number;
  /** Kinds of steps that were run. */
  readonly kinds: number;
}

/** Sides of the picture whose steps are run: seconds in software, milliseconds on a GPU. */
const SIDES = { software: 10, hardware: 16 };
/** A kind is repeated until it has run so long, so that the clock matters little. */
const LEAST_MS = 20;
const FEW_REPEATS = 9;
const MOST_REPEATS = 36;
/** Beside a step that takes so long, what a run costs besides matters little. */
const SLOW_MS = 60;

/**
 * Measures the kinds of steps and adds them up.
 * @throws InputError, WeightsError, UnsupportedError as loading would; GpuError if the device is
 *   lost
 */
export async function forecastScore(
  from: ModelFolder,
  options: ForecastOptions,
): Promise<Forecast> {
  const { pictureTokens = 1024, textTokens = 100, form, gpu, signal } = options;
  const side = Math.sqrt(pictureTokens);
  if (!Number.isInteger(side) || side < 1) {
    throw new InputError({
      where: "forecast, pictureTokens",
      expected: "a square number",
      got: String(pictureTokens),
    });
  }
  return await lookInto(from, options, async (look) => {
    const device = await Device.open(gpu);
    try {
      const parts = await partsOf(device, look, form, signal);
      const whole = forward(parts, samplePass(parts, side, textTokens));
      const most = device.adapter.software ? SIDES.software : SIDES.hardware;
      const planOf = (own: number): Plan =>
        forward(parts, samplePass(parts, own, Math.min(textTokens, own ** 2)));
      const long = await measure(device, planOf(Math.min(side, most)), signal);
      const half = Math.max(1, Math.ceil(Math.min(side, most) / 2));
      const short = await measure(device, planOf(half), signal);
      const ms = whole.steps.reduce((sum, step) => sum + timeOf(step, long, short), 0);
      const products = productsOf(whole.steps);
      return { ms, products, pictureTokens, textTokens, kinds: long.size };
    } finally {
      device.destroy();
    }
  });
}

/** Returns the multiply-adds of matrix products and attention. */
export function productsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (isProduct(step) ? step.cost : 0), 0);
}

function isProduct({ kernel }: Step): boolean {
  // Norms and the like say what they cost beside a product; nothing there is a matrix product.
  return kernel.name.startsWith("matmul") || kernel.name.startsWith("attention");
}

async function partsOf(
  device: Device,
  { folder, checkpoint, config, reward }: Look,
  form: WeightForm,
  signal: AbortSignal | undefined,
): Promise<PlanParts> {
  const { maxStorageBufferBindingSize } = device.gpu.limits;
  const table = new WeightTable(checkpoint, maxStorageBufferBindingSize, form);
  const weights = modelWeights(table, config, reward);
  table.check();
  const embedding = new EmbeddingTable(table.entry(weights.embedding));
  const json = async (file: string): Promise<unknown> => {
    const text = await readText(folder, file, { signal });
    return text === undefined ? undefined : parseJson(text, `${folder.name}, ${file}`);
  };
  const patches =
    config.vision &&
    patchesOf(
      readImageConfig(
        await json(PROCESSOR_FILE),
        await json(PREPROCESSOR_FILE),
        folder.name,
        config.family.imageProcessor,
      ),
    );
  return { profile: chooseProfile(device), weights, config, patches, embedding };
}

/** Steps are of one kind if kernel, constants and the sizes of their weights are the same. */
function kindOf({ kernel, constants, bindings }: Step): string {
  const weights = bindings.map((one) => (one.kind === "weight" ? one.byteLength : ""));
  return `${kernel.name} ${JSON.stringify(constants)} ${weights.join()}`;
}

/** A step that was run. */
interface Run {
  readonly ms: number;
  readonly cost: number;
}

type Runs = ReadonlyMap<string, Run>;

/** Returns the milliseconds of a step: its launch, and its cost at the pace of its kind. */
function timeOf(step: Step, long: Runs, short: Runs): number {
  const [most, least] = [long.get(kindOf(step)), short.get(kindOf(step))];
  if (most === undefined) return 0;
  const whole = most.ms / Math.max(1, most.cost);
  if (least === undefined || most.cost <= least.cost) return whole * step.cost;
  const slope = (most.ms - least.ms) / (most.cost - least.cost);
  // A clock that was late must not make work free, nor launches negative.
  const pace = Math.min(whole, Math.max(slope, whole / 4));
  return most.ms + pace * (step.cost - most.cost);
}

/** Runs each kind of step alone, as the plan has it. */
async function measure(device: Device, plan: Plan, signal: AbortSignal | undefined): Promise<Runs> {
  const found = new Map<string, Run>();
  for (const step of plan.steps) {
    const kind = kindOf(step);
    if (found.has(kind)) continue;
    found.set(kind, { ms: await timeAlone(device, plan, step, signal), cost: step.cost });
  }
  return found;
}

async function timeAlone(
  device: Device,
  { profile, tensors, inputs }: Plan,
  step: Step,
  signal: AbortSignal | undefined,
): Promise<number> {
  const held = new Zeros(device, step.bindings);
  const arena = new Arena(device);
  const time = async (repeats: number): Promise<number> => {
    const plan = new Plan(profile);
    plan.tensors.push(...tensors);
    for (const [tensor, values] of inputs) plan.inputs.set(tensor, values);
    plan.steps.push(...Array.from({ length: repeats }, () => step));
    const begin = performance.now();
    await run(device, arena, held, plan, { signal });
    return performance.now() - begin;
  };
  try {
    await time(1); // Compiles it.
    const once = Math.min(await time(1), await time(1));
    if (once >= SLOW_MS) return once;
    // What a run costs besides its steps is in both, and falls out.
    for (let repeats = FEW_REPEATS; ; repeats *= 4) {
      const more = (await time(repeats)) - once;
      if (more >= LEAST_MS || repeats >= MOST_REPEATS) return Math.max(0, more) / (repeats - 1);
    }
  } finally {
    arena.destroy();
    held.destroy();
  }
}

/** Weights of zeros: a product takes as long with them as with others. */
class Zeros extends PlacedWeights {
  constructor(device: Device, bindings: Step["bindings"]) {
    super(device);
    const parts = bindings.filter((one): one is WeightPart => one.kind === "weight");
    for (const part of parts) if (!this.holds(part)) this.make(part, STORAGE | COPY_DST);
  }
}
