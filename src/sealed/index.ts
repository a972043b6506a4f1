/**
 * A worker that cannot reach the network, and the gate through which it loads a model.
 *
 *     page     startSealedWorker(script); a MessageChannel: one port to it, one to a plain worker
 *     plain    const gate = serveFetch(port); once the model is loaded: gate.seal()
 *     sealed   globalThis.fetch = fetchThrough(port); RewardModel.fromPretrained(…)
 */
export { isSealed, SEAL, startSealedWorker } from "./sealed-worker.ts";
export type { SealedWorker } from "./sealed-worker.ts";
export { fetchThrough, serveFetch } from "./fetch-port.ts";
export type { FetchGate, Port } from "./fetch-port.ts";
export { tryChannels } from "./channels.ts";
export type { TriedChannel } from "./channels.ts";
