/** The peer of loading: npm's `safetensors`, which holds each file in memory whole. */
import { openByNpm } from "../../testing/checkpoint/npm-safetensors.ts";
import type { BareRead, Stretch } from "./load-rate.ts";

/**
 * Returns a reader that reads a file whole before its first stretch, and takes tensor by tensor.
 */
export function readByNpm(): BareRead {
  let held: { stretch: Stretch; tensors: ReturnType<typeof openByNpm> } | undefined;
  return async (stretch, take) => {
    const { file, begin, end } = stretch;
    // A stretch that begins no later than the last one belongs to the next round.
    if (held?.stretch.file !== file || begin <= held.stretch.begin) {
      held = undefined;
      const bytes = new Uint8Array(file.byteLength);
      await file.read(0, bytes);
      held = { stretch, tensors: openByNpm(bytes) };
    } else held.stretch = stretch;
    const { tensors } = held;
    const inside = [...tensors.metadata].filter(
      ([, { data_offsets: at }]) => at[0] >= begin && at[1] <= end,
    );
    inside.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
    for (const [name] of inside) await take(tensors.getTensor(name));
  };
}
