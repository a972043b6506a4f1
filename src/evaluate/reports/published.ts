// Tested by: test/cli/commands/eval.test.ts
/**
 * Published numbers, to compare with one's own: percent, as printed.
 *
 * VL-RewardBench and RewardBench: the tables of the Skywork-VL Reward report (arXiv 2505.07263; *
 * reproduced there). Multimodal RewardBench and MM-RLHF-RewardBench: as the repository
 * yinuoyang01/multi-response-rm reports them.
 */

import type { BenchmarkName } from "../benchmarks.ts";

export interface PublishedTable {
  readonly source: string;
  /** Names of our metrics, in the order of the values. */
  readonly metrics: readonly string[];
  readonly models: readonly (readonly [name: string, ...values: number[]])[];
}

const skywork = "arXiv 2505.07263; * reproduced there";

export const published: Partial<Record<BenchmarkName, PublishedTable>> = {
  "vl-rewardbench": {
    source: skywork,
    metrics: ["general", "hallucination", "reasoning", "Overall", "Macro"],
    models: [
      ["Skywork-VL Reward 7B", 66.0, 80.0, 61.0, 73.1, 69.0],
      ["Claude-3.5-Sonnet (2024-06-22)", 43.4, 55.0, 62.3, 55.3, 53.6],
      ["Gemini-1.5-Flash", 47.8, 59.6, 58.4, 57.6, 55.3],
      ["GPT-4o (2024-08-06)", 49.1, 67.6, 70.5, 65.8, 62.4],
      ["Gemini-1.5-Pro", 50.8, 72.5, 64.2, 67.2, 62.5],
      ["Gemini-2.0-flash-exp", 50.8, 72.6, 70.1, 68.8, 64.5],
      ["Qwen2-VL-7B", 31.6, 19.1, 51.1, 28.3, 33.9],
      ["MAmmoTH-VL-8B", 36.0, 40.0, 52.0, 42.2, 42.7],
      ["Qwen2.5-VL-7B *", 43.4, 42.0, 63.0, 48.0, 49.5],
      ["InternVL3-8B *", 60.6, 44.0, 62.3, 57.0, 55.6],
      ["IXC-2.5-Reward-7B *", 80.3, 65.3, 60.4, 66.3, 68.6],
      ["Qwen2-VL-72B", 38.1, 32.8, 58.0, 39.5, 43.0],
      ["Molmo-72B", 33.9, 42.3, 54.9, 44.1, 43.7],
      ["QVQ-72B", 41.8, 46.2, 51.2, 46.4, 46.4],
      ["Qwen2.5-VL-72B *", 47.8, 46.8, 63.5, 51.6, 52.7],
      ["InternVL3-78B *", 67.8, 52.5, 64.5, 63.3, 61.6],
    ],
  },
  rewardbench: {
    source: skywork,
    metrics: ["Chat", "Chat Hard", "Safety", "Reasoning", "Score"],
    models: [
      ["Skywork-VL Reward 7B", 90.0, 87.5, 91.1, 91.8, 90.1],
      ["IXC-2.5-Reward-7B", 90.8, 83.8, 87.8, 90.0, 88.1],
      ["Qwen2.5-VL-7B", 94.3, 63.8, 84.1, 86.2, 82.1],
      ["InternVL3-8B", 97.2, 50.4, 83.6, 83.9, 78.8],
      ["Qwen2-VL-7B", 65.1, 50.9, 55.8, 68.3, 60.0],
    ],
  },
  "multimodal-rewardbench": {
    source: "yinuoyang01/multi-response-rm",
    metrics: ["Overall"],
    models: [["Skywork-VL Reward 7B", 74.2]],
  },
  "mm-rlhf": {
    source: "yinuoyang01/multi-response-rm",
    metrics: ["Overall"],
    models: [["Skywork-VL Reward 7B", 72.4]],
  },
};
