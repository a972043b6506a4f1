/**
 * The door `vl-reward/preference`: what scores say about responses, in pure functions. They are in
 * the door `vl-reward` too; from here a bundler takes 2 KB, however it splits.
 */
export { GpuError, InputError, RewardError, UnsupportedError, WeightsError } from "../errors.ts";
export type { Fault, RewardErrorData } from "../errors.ts";
export { isTie, preferenceProbability, rankValues } from "./ranking.ts";
export type { RankedPlace } from "./ranking.ts";
export { fitTemperature } from "./temperature.ts";
export type { FittedTemperature } from "./temperature.ts";
