/** The door `vl-reward/remote`: the same scores from a vLLM or SGLang server. */
export { RemoteRewardModel } from "./remote-reward-model.ts";
export type {
  RemoteScoreOptions,
  RemoteComparison,
  RemoteOptions,
  RemoteRanking,
  RemoteScore,
} from "./remote-reward-model.ts";
