// Tested by: test/checkpoint/exported.test.ts
/** What an export for the web says of itself, and how its shards are recognised. */
import type { QuantisedForm } from "../kernels/weight-forms.ts";

/** The key of the metadata that makes a file a shard of an export: the export's name. */
export const EXPORT_KEY = "vl_reward_export";

/** What all shards of an export say alike. */
export interface ExportFacts {
  /** Names the export: a hash of the original's files, the form and how parts are cut. */
  readonly id: string;
  readonly form: QuantisedForm;
  /** Bytes of a part at most. Parts are cut so on every device: WebGPU grants this everywhere. */
  readonly partBytes: number;
  /** The hash of the original model's files. */
  readonly madeOf: string;
}
