// Tested by: test/worker/worker.browser.test.ts
/** Whether a model can be loaded here, and what that takes, before anything is downloaded. */
import { RewardError } from "../../errors.ts";
import type { ModelFolder } from "../../files/resolve-source.ts";
import { Device } from "../../gpu/device.ts";
import type { AdapterFacts } from "../../gpu/device.ts";
import type { WeightForm } from "../../types.ts";
import { inspectFolder } from "./inspect-folder.ts";
import type { InspectOptions } from "./types.ts";

/** What `availability` answers: the words of the browsers' own models, and the bytes. */
export interface Availability {
  /**
   * `available` if loading downloads nothing, `partial` if a part of it is stored, `downloadable`
   * if nothing is, `unavailable` if it cannot be loaded: `reason` says why.
   */
  readonly status: "unavailable" | "downloadable" | "partial" | "available";
  readonly reason?: RewardError | undefined;
  /** Bytes that loading would download; 0 if it is unavailable. */
  readonly downloadBytes: number;
  /** GPU bytes of the weights in each form: all of them, or the least with which they stream. */
  readonly gpuBytes: Readonly<
    Partial<Record<WeightForm, { readonly resident: number; readonly streamed: number }>>
  >;
  /** The GPU; undefined if there is none. */
  readonly adapter: AdapterFacts | undefined;
}

/** Never throws for a model that cannot be loaded: that is its answer. */
export async function availabilityOf(
  from: ModelFolder,
  options: InspectOptions = {},
): Promise<Availability> {
  let adapter: AdapterFacts | undefined;
  try {
    const device = await Device.open(options.gpu);
    ({ adapter } = device);
    device.destroy();
    const found = await inspectFolder(from, options);
    const total = found.files.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const kept = found.isLocal ? total : Math.min(total, found.keptBytes ?? 0);
    const isWhole = kept >= total || found.needs.length === 1;
    return {
      status: isWhole ? "available" : kept > 0 ? "partial" : "downloadable",
      downloadBytes: isWhole ? 0 : total - kept,
      gpuBytes: Object.fromEntries(
        found.needs.map(({ form, totalBytes, leastBytes }) => [
          form,
          { resident: totalBytes, streamed: leastBytes },
        ]),
      ),
      adapter,
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof RewardError)) throw error;
    return { status: "unavailable", reason: error, downloadBytes: 0, gpuBytes: {}, adapter };
  }
}
