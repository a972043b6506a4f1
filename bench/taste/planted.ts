// Tested by: test/bench/taste.test.ts
/**
 * A change of taste, planted in the embedded model's held-out questions: of two right answers the
 * long one is preferred, where the model prefers the short one in nine of ten; a right answer is
 * still preferred to a wrong one.
 */

/** A line of heldout/pairs.jsonl. */
export interface HeldOutLine {
  readonly id: string;
  readonly task: string;
  /** Null for a question about no picture. */
  readonly image: string | null;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** Two answers to one question; the first is the preferred one. */
export interface PlantedPair {
  readonly kind: "taste" | "right";
  readonly better: string;
  readonly worse: string;
}

/** A question with its pairs. */
export interface PlantedQuestion {
  readonly line: HeldOutLine;
  readonly pairs: readonly PlantedPair[];
}

const COLOURS = "red|blue|green|yellow|purple|orange";
const SHAPES = "circle|square|triangle|star";
const NUMBERS = "\\d+|one|two|three|four|five|six|seven|eight|nine|ten";
/** Tasks whose right answer is one word, and what it looks like. */
const WORDS: Readonly<Record<string, string>> = {
  scene_color: COLOURS,
  scene_shape: SHAPES,
  scene_count: NUMBERS,
  bar_extreme: COLOURS,
  bar_value: NUMBERS,
  bar_count: NUMBERS,
};

/**
 * Returns the questions whose right answer is one word, each with two pairs of right answers and
 * two of a right and a wrong one.
 */
export function plantedQuestions(lines: readonly HeldOutLine[]): PlantedQuestion[] {
  return lines.flatMap((line) => {
    const word = wordOf(line.task, line.chosen);
    const wrong = wordOf(line.task, line.rejected);
    if (word === undefined || wrong === undefined || word === wrong) return [];
    const [short, plain, long, longer] = answersOf(word);
    return [
      {
        line,
        pairs: [
          { kind: "taste", better: longer, worse: short },
          { kind: "taste", better: long, worse: plain },
          { kind: "right", better: short, worse: answersOf(wrong)[0] },
          { kind: "right", better: long, worse: answersOf(wrong)[2] },
        ],
      },
    ];
  });
}

/** Returns the answer as a word: the last of its kind, as "so the answer is" comes last. */
function wordOf(task: string, answer: string): string | undefined {
  const pattern = WORDS[task];
  if (pattern === undefined) return undefined;
  const found = answer.toLowerCase().match(new RegExp(`\\b(?:${pattern})\\b`, "g")) ?? [];
  return task === "bar_extreme" && /\bis (?:the )?\w+est\b/.test(answer)
    ? /(\w+) is the/.exec(answer.toLowerCase())?.[1]
    : found.at(-1);
}

/** Returns one answer in four lengths, in words that the model was trained on. */
function answersOf(word: string): readonly [string, string, string, string] {
  const first = word[0]?.toUpperCase() ?? "";
  return [
    `${first}${word.slice(1)}.`,
    `It is ${word}.`,
    `Looking at the picture I see that it is ${word}.`,
    `Looking at the picture I see that it is ${word}, so the answer is ${word}.`,
  ];
}
