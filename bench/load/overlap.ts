/**
 * How much of reading streaming hides behind computing: a pass with all weights on the GPU, the
 * reading of its layers alone, and a pass that streams them, in turn. The disk is slowed down, so
 * that reading takes a wanted share of computing.
 */
import type { Device } from "../../src/gpu/device.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import type { Source } from "../../src/files/source.ts";
import { StreamedWeights } from "../../src/residency/streamed-weights.ts";
import { median } from "../measure/interleave.ts";
import { timed } from "../measure/timed.ts";
import { openTable } from "./open-table.ts";
import { slowSource } from "./slow-source.ts";

export interface Overlap {
  /**
   * The requested time of reading divided by that of computing; undefined if the source has no
   * limit.
   */
  readonly share: number | undefined;
  readonly bytes: number;
  /** Medians. */
  readonly readMs: number;
  readonly computeMs: number;
  readonly streamedMs: number;
  /**
   * Of the shorter of reading and computing, the part that streaming does not add: 1 at best;
   * median of the rounds.
   */
  readonly hidden: number;
}

/** The least hidden share of the shorter of reading and computing. */
const WANTED = 0.8;

const conversation: Conversation = [
  { role: "user", content: "Tell me about the sea, and why its water is salt. ".repeat(4) },
  { role: "assistant", content: "Rivers carry salts from rocks into it; water leaves it again. " },
];

/**
 * @param target times of reading, as shares of computing; one measurement each; the last one is
 *   without
 * a limit
 */
export async function overlaps(
  gpu: GPU,
  device: Device,
  source: Source,
  shares: readonly number[],
  rounds: number,
): Promise<Overlap[]> {
  const slow = slowSource(source);
  const resident = await RewardModel.fromPretrained(slow, { gpu, residency: "resident" });
  // The smallest budget: only the ring stays on the GPU.
  const options = { gpu, residency: "streamed", memoryBudgetBytes: 2 ** 16 } as const;
  const streamed = await RewardModel.fromPretrained(slow, options);
  const layers = await layerReader(device, slow);
  const compute = async (): Promise<number> => (await timed(() => resident.score(conversation))).ms;
  const pass = async (): Promise<number> => (await timed(() => streamed.score(conversation))).ms;
  try {
    // Kernels are compiled and the pace of the device is known after the first.
    await compute();
    await pass();
    const computeMs = await compute();
    const results: Overlap[] = [];
    for (const share of [...shares, undefined]) {
      slow.bytesPerMs = share === undefined ? Infinity : layers.bytes / (computeMs * share);
      const samples: { read: number; alone: number; both: number }[] = [];
      for (let round = 0; round < rounds; round++) {
        samples.push({
          read: (await timed(layers.read)).ms,
          alone: await compute(),
          both: await pass(),
        });
      }
      const hidden = ({ read, alone, both }: (typeof samples)[number]): number =>
        (read + alone - both) / Math.min(read, alone);
      results.push({
        share,
        bytes: layers.bytes,
        readMs: median(samples.map(({ read }) => read)),
        computeMs: median(samples.map(({ alone }) => alone)),
        streamedMs: median(samples.map(({ both }) => both)),
        hidden: median(samples.map(hidden)),
      });
    }
    return results;
  } finally {
    layers.holder.destroy();
    await streamed.dispose();
    await resident.dispose();
  }
}

/** Streams the decoder's layers without computing anything. */
async function layerReader(
  device: Device,
  source: Source,
): Promise<{ holder: StreamedWeights; bytes: number; read: () => Promise<void> }> {
  const table = await openTable(device, source);
  const holder = new StreamedWeights(device, table, 1);
  const groups = [...table.groups.keys()].filter((name) => name.startsWith("decoder.layer."));
  const parts = groups.flatMap((name) => table.groups.get(name) ?? []);
  return {
    holder,
    bytes: parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
    async read() {
      holder.expect(groups);
      for (const group of groups) {
        await holder.acquire(group);
        holder.release(group);
      }
      await device.race(device.gpu.queue.onSubmittedWorkDone());
    },
  };
}

/** The times as a line, and whether enough is hidden. */
export function overlapReport(result: Overlap): { line: string; isHeld: boolean } {
  const { share, bytes, hidden } = result;
  // A source in memory reads with the cores that a software adapter computes with: reported,
  // not judged.
  const isJudged = share !== undefined;
  const times = [
    `reading ${result.readMs.toFixed(0)} ms`,
    `computing ${result.computeMs.toFixed(0)} ms`,
    `both ${result.streamedMs.toFixed(0)} ms`,
  ];
  const wanted = isJudged ? `wanted ${(100 * WANTED).toFixed(0)} %` : "in memory: not judged";
  return {
    line: `streaming  ${(bytes / 1e6).toFixed(0)} MB: ${times.join(", ")}: ${(100 * hidden).toFixed(0)} % hidden (${wanted})`,
    isHeld: !isJudged || hidden >= WANTED,
  };
}
