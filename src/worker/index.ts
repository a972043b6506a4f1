/** The door `vl-reward/worker`: a model in a worker, so that the page's own thread stays free. */
export { GpuError, InputError, RewardError, UnsupportedError, WeightsError } from "../errors.ts";
export type { RewardErrorData } from "../errors.ts";
export { WorkerRewardModel } from "./worker-reward-model.ts";
export type { AskOptions, Scorer, WorkerLoadOptions } from "./worker-reward-model.ts";
export type { ModelFacts, SentLoadOptions } from "./protocol.ts";
export type { OwnPort, WorkerOption } from "./started-engine.ts";
