/** The item of a list that must be there: an index that is off ends in an error, not in a plausible number. */
import { GpuError } from "../errors.ts";

/** Returns the item at `index`. @throws GpuError if there is none, which is a defect of ours */
export function at<T>(list: ArrayLike<T | undefined>, index: number): T {
  const item = list[index];
  if (item === undefined) {
    throw new GpuError({
      where: "list",
      what: "an item that is not there was asked for",
      got: index,
      expected: `less than ${list.length}`,
      todo: "Report this: it is a defect of the engine",
    });
  }
  return item;
}
