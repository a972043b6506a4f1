/** The door `vl-reward/serve`: the engine inside a worker of one's own. */
export { serveRewardModel } from "./serve-reward-model.ts";
export type { OwnCalls, OwnReply } from "./serve-reward-model.ts";
export type { ServedCall } from "../worker/serve-calls.ts";
export type { CallPort } from "../worker/call-line.ts";
