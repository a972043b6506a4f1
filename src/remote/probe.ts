// Tested by: test/remote/remote-reward-model.test.ts
/**
 * Whether a server gives raw scores: asked once, before the first score.
 *
 * A sigmoid or a softmax in the way is not seen in the ranking, and pushes good answers together at
 * 1. Four short conversations are scored without the activation and with it:
 *
 *   all equal                                 a softmax over one number (1.0), or a dead head
 *   all in [0, 1], the same with as without   the flag is taken no notice of: a sigmoid
 *   all in [0, 1], other with it              raw scores that happen to be small
 */
import { UnsupportedError } from "../errors.ts";
import type { Conversation } from "../types.ts";

/** Conversations to which any reward model gives different scores. */
export const probes: readonly Conversation[] = [
  ["What is 2 + 2?", "2 + 2 is 4."],
  ["What is 2 + 2?", "No idea, go away."],
  ["Name a colour.", "Blue."],
  ["Write one sentence about the sea.", "asdf asdf asdf asdf asdf asdf asdf asdf asdf asdf"],
].map(([question = "", answer = ""]): Conversation => [
  { role: "user", content: question },
  { role: "assistant", content: answer },
]);

/** Scores closer than this are the same number. */
const SAME = 1e-6;

/**
 * Checks that the server's scores are raw.
 * @param raw the scores of `probes`, requested without the activation
 * @param activated requested with it; undefined if the server has no such flag
 * @throws UnsupportedError that says which flag to set
 */
export function checkRaw(
  where: string,
  raw: readonly number[],
  activated: readonly number[] | undefined,
): void {
  const [first = Number.NaN] = raw;
  const got = raw.map((value) => value.toPrecision(4)).join(", ");
  if (raw.every((value) => Math.abs(value - first) <= SAME)) {
    const isOne = Math.abs(first - 1) <= SAME;
    throw new UnsupportedError({
      where,
      what: isOne
        ? "every score is 1: a softmax over one label, or a sigmoid of large scores, is in the way"
        : "every score is the same: the model's head does nothing",
      got,
      expected: "raw scores",
      todo: isOne ? RAW : "Check that the checkpoint's head was loaded (the server's log)",
    });
  }
  if (!raw.every((value) => value >= 0 && value <= 1)) return;
  const isHonoured = activated?.some((value, i) => Math.abs(value - (raw[i] ?? 0)) > SAME) ?? false;
  if (isHonoured) return;
  throw new UnsupportedError({
    where,
    what: "every score is between 0 and 1: a sigmoid is in the way",
    got,
    expected: "raw scores",
    todo:
      `${RAW}. Where the model's own scores lie there, switch this check off ` +
      "(probe: false, --no-probe)",
  });
}

const RAW =
  `Start vLLM with --pooler-config '{"use_activation": false}', or a version that takes ` +
  "use_activation in requests (0.11.1 or newer); with SGLang use /classify, not /v1/classify";
