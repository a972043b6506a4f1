/**
 * Items of lists and maps that must be there. An index that is off ends in an error, not in a
 * plausible number. A check forbids silent defaults such as `?? 0` on the road to a score.
 */
import { GpuError } from "../errors.ts";

const TODO = "Report this: it is a defect of the engine";

/**
 * Returns the item at `index`.
 * @throws GpuError if there is none
 */
export function at<T>(list: ArrayLike<T | undefined>, index: number): T {
  const item = list[index];
  if (item === undefined) {
    throw new GpuError({
      where: "list",
      expected: `an index below ${list.length}`,
      got: index,
      todo: TODO,
    });
  }
  return item;
}

/**
 * Returns the value of `key`.
 * @throws GpuError if there is none
 */
export function valueAt<K extends string | number, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) {
    throw new GpuError({ where: "map", expected: "a key that it has", got: key, todo: TODO });
  }
  return value;
}
