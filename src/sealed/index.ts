/**
 * A worker that cannot reach the network, and the gate through which it loads a model: see
 * `docs/sealed.md`.
 */
export { isSealed, SEAL, startSealedWorker } from "./sealed-worker.ts";
export type { SealedWorker } from "./sealed-worker.ts";
export { fetchThrough, serveFetch } from "./fetch-port.ts";
export type { FetchGate, Port } from "./fetch-port.ts";
export { tryChannels } from "./channels.ts";
export type { TriedChannel } from "./channels.ts";
