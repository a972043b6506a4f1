// Tested by: test/golden/heads.gpu.test.ts
/** What the heads said of a case, as the caller gets it. */
import { at } from "../base/at.ts";
import { GpuError } from "../errors.ts";
import type { RewardRecord } from "../model/heads/head.ts";
import type { Score, StageTimesMs } from "../types.ts";
import type { Computed, PassScore, ReadHeads } from "./said/computed.ts";

/** Returns what reads the heads of a record. Only one linear layer needs no more code. */
export async function headReader(reward: RewardRecord): Promise<ReadHeads> {
  if (isLinear(reward)) {
    return (computed) => {
      const whole = linearScore(at(computed, 0));
      return { passes: [whole], whole };
    };
  }
  const { readHeads } = await import("./said/read-heads.ts");
  return (computed) => readHeads(reward, computed);
}

/** Returns whether the score is the one output of a head that is read at one token. */
function isLinear({ passes, read, output }: RewardRecord): boolean {
  const [only, more] = passes;
  const isOne = only?.head.kind === "mlp" && only.head.isScalar === true && more === undefined;
  const isRaw = output.kind === "raw" && output.mean === 0 && output.std === 1;
  return isOne && isRaw && !output.names && (read.at === "last" || read.at === "unpadded");
}

function linearScore({ prepared, reading: { values } }: Computed): PassScore {
  const { reads } = prepared;
  const score = at(values, at(reads, 0));
  return { score, tokenValues: values, readAt: reads, outputs: [score] };
}

/**
 * Returns the score of a case.
 * @param computed what each pass of the record computed, in their order
 */
export function scoreOf(
  read: ReadHeads,
  computed: readonly Computed[],
  timesMs: StageTimesMs,
): Score {
  const { prompt, pictures } = at(computed, 0).prepared;
  const { passes, whole } = read(computed);
  const { score: value, tokenValues, ...outputs } = whole;
  if (!Number.isFinite(value)) {
    throw new GpuError({
      where: "score",
      what: "the pass gave no finite number",
      got: String(value),
      todo: "Report this with the adapter's name; the weights or the GPU's arithmetic are at fault",
    });
  }
  const { ids, response } = prompt;
  const images = pictures.map(({ scored }) => scored);
  const passIds = computed.map(({ prepared }) => prepared.prompt.ids);
  return {
    value,
    tokenIds: ids,
    tokenValues,
    response,
    images,
    timesMs,
    ...outputs,
    ...(passes.length > 1 && {
      passes: passes.map(({ score, tokenValues: values, ...own }, i) => ({
        value: score,
        tokenIds: at(passIds, i),
        tokenValues: values,
        ...own,
      })),
    }),
  };
}
