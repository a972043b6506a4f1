// Tested by: test/model/families.test.ts
/** Tables that towers make of the grids of their pictures: rotary positions, attention tiles. */
import { attentionPairs, attentionTiles } from "../../kernels/attention.ts";
import type { AttentionRange } from "../../kernels/attention.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import type { SourcePicture } from "../../kernels/resize.ts";
import type { Rotary } from "../../kernels/rope.ts";
import type { Grid } from "../positions.ts";
import { angleTable, visionChannels, visionFrequencies } from "../rotary.ts";

/** Returns the patches of each picture. */
export function gridsOf(pictures: readonly SourcePicture[], patchSize: number): Grid[] {
  return pictures.map(({ width, height }) => ({
    rows: height / patchSize,
    columns: width / patchSize,
  }));
}

/** Returns the tables one after the other. */
export function concatTables(tables: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(tables.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const table of tables) {
    whole.set(table, next);
    next += table.length;
  }
  return whole;
}

/** Returns how heads of `headDim` turn; positions are rows and columns [patches, 2]. */
export function visionRotary(
  plan: Recorder,
  grids: readonly Grid[],
  positions: Uint32Array,
  headDim: number,
): Rotary {
  const side = Math.max(...grids.flatMap(({ rows, columns }) => [rows, columns]));
  const frequencies = visionFrequencies(headDim);
  return {
    angles: plan.input("vision.angles", angleTable(side, frequencies)),
    frequencies: frequencies.length,
    channels: plan.input("vision.channels", visionChannels(headDim)),
    positions: plan.input("vision.positions", positions),
    axes: 2,
  };
}

/** Returns the tiles of ranges that each attend to all of their patches. */
export function tileInput(
  plan: Recorder,
  label: string,
  ranges: readonly AttentionRange[],
): { table: Tensor; pairs: number } {
  const table = attentionTiles(ranges, false, plan.profile.attention);
  return { table: plan.input(label, table), pairs: attentionPairs(table) };
}
