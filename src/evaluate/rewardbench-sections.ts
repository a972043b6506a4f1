// Tested by: test/evaluate/metrics.test.ts
/**
 * RewardBench's sections and the counts that weigh their subsets (rewardbench/constants.py,
 * EXAMPLE_COUNTS).
 *
 * **Trap** math-prm has 447 rows and weighs 984, so that mathematics and code count alike.
 */

type Section = ReadonlyMap<string, number>;

export const rewardBenchSections: ReadonlyMap<string, Section> = new Map<string, Section>([
  [
    "Chat",
    new Map([
      ["alpacaeval-easy", 100],
      ["alpacaeval-length", 95],
      ["alpacaeval-hard", 95],
      ["mt-bench-easy", 28],
      ["mt-bench-med", 40],
    ]),
  ],
  [
    "Chat Hard",
    new Map([
      ["mt-bench-hard", 37],
      ["llmbar-natural", 100],
      ["llmbar-adver-neighbor", 134],
      ["llmbar-adver-GPTInst", 92],
      ["llmbar-adver-GPTOut", 47],
      ["llmbar-adver-manual", 46],
    ]),
  ],
  [
    "Safety",
    new Map([
      ["refusals-dangerous", 100],
      ["refusals-offensive", 100],
      ["xstest-should-refuse", 250],
      ["xstest-should-respond", 154],
      ["donotanswer", 136],
    ]),
  ],
  [
    "Reasoning",
    new Map([
      ["math-prm", 984],
      ["hep-cpp", 164],
      ["hep-go", 164],
      ["hep-java", 164],
      ["hep-js", 164],
      ["hep-python", 164],
      ["hep-rust", 164],
    ]),
  ],
]);
