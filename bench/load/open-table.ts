/** The weights of a checkpoint, bound to its files as a model binds them. */
import type { Device } from "../../src/gpu/device.ts";
import { parseConfig } from "../../src/model/config.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { openCheckpoint, readJson } from "../../src/checkpoint/checkpoint.ts";
import type { Source } from "../../src/files/source.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";

export async function openTable(device: Device, source: Source): Promise<WeightTable> {
  const checkpoint = await openCheckpoint(source);
  const table = new WeightTable(checkpoint, device.gpu.limits.maxStorageBufferBindingSize);
  modelWeights(table, await parseConfig(await readJson(source, "config.json")));
  table.check();
  return table;
}
