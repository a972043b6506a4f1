/**
 * Chooses which kernels run on a device: those that the caller names, or those known to suit it, or
 * the winners of timing against their rivals. A new adapter is timed at its first visit; later
 * visits remember the winners.
 */
import type { Device } from "../gpu/device.ts";
import type { Weight } from "../kernels/kernel.ts";
import { chooseProfile } from "../kernels/profile.ts";
import type { Profile } from "../kernels/profile.ts";
import { isInF16 } from "../kernels/tunings.ts";
import { isQuantised } from "../kernels/weight-forms.ts";
import type { KernelMemory, Kernels } from "../types.ts";
import type { ModelConfig } from "../model/config.ts";
import type { ModelWeights } from "../model/weights.ts";
import { kernelMemory } from "./kernel-memory.ts";

export interface KernelChoice {
  readonly profile: Profile;
  readonly chosen: Kernels["chosen"];
}

/**
 * The option that times software adapters too. Their profiles are measured, so they need no timing.
 */
const TIMED = "timed";

/** The caller's options for the choice: the part of `LoadOptions` that this room reads. */
export interface KernelOptions {
  readonly kernelProfile?: string | undefined;
  readonly kernelMemory?: KernelMemory | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Returns the profile that is known before timing.
 * @throws InputError if no profile has the name, or the device cannot run it
 */
export function findKnownProfile(device: Device, { kernelProfile }: KernelOptions): Profile {
  return chooseProfile(device, kernelProfile === TIMED ? undefined : kernelProfile);
}

/**
 * Chooses within about a second, or immediately if the choice was given or remembered.
 * @throws the signal's reason; GpuError if the device is lost
 */
export async function chooseKernels(
  device: Device,
  known: Profile,
  weights: ModelWeights,
  config: ModelConfig,
  options: KernelOptions,
  budgetMs?: number,
): Promise<KernelChoice> {
  const { profile, chosen } = await choose(device, known, weights, config, options, budgetMs);
  const hasQuantised = pickMatrices(weights, config).some(({ form }) => isQuantised(form));
  const tunings = [profile.matmul, ...(hasQuantised ? [profile.matmulQuantised] : [])];
  if (!tunings.some(isInF16)) return { profile, chosen };
  // Given and remembered choices are tested too: a driver may have changed since.
  const { pickTrusted } = await import("./self-test.ts");
  return { profile: await pickTrusted(device, profile, hasQuantised, options.onWarning), chosen };
}

async function choose(
  device: Device,
  known: Profile,
  weights: ModelWeights,
  config: ModelConfig,
  { kernelProfile, kernelMemory: memory = kernelMemory, signal }: KernelOptions,
  budgetMs?: number,
): Promise<KernelChoice> {
  if (kernelProfile !== undefined && kernelProfile !== TIMED) {
    return { profile: known, chosen: "given" };
  }
  if (device.adapter.software && kernelProfile !== TIMED) {
    return { profile: known, chosen: "adapter" };
  }
  const { timeKernels } = await import("./timed-choice.ts");
  const matrices = pickMatrices(weights, config);
  return await timeKernels(device, known, matrices, config, { memory, signal, budgetMs });
}

/** Returns the largest matrices of the decoder and of the tower. */
function pickMatrices({ decoder, vision }: ModelWeights, config: ModelConfig): Weight[] {
  const { tower } = config.family;
  const largest = [decoder.layers[0]?.gateUp, config.vision && tower?.largest(vision)];
  return largest.filter((weight) => weight !== undefined);
}
