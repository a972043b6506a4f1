/**
 * The door `vl-reward/browser`: one file without imports, for pages that have no bundler. It has
 * what `vl-reward`, `vl-reward/store` and `vl-reward/worker` have. Beside it are `worker.js`,
 * `element.js` and `engine-worker.js`, which need no other file either (docs/hosts.md).
 */
export * from "../index.ts";
export * from "../store/index.ts";
export { WorkerRewardModel } from "../worker/worker-reward-model.ts";
export type { Scorer, WorkerLoadOptions } from "../worker/worker-reward-model.ts";
export type { WorkerOption } from "../worker/started-engine.ts";
