/**
 * Positions: M-RoPE positions of tokens, rows and columns of patches, the order of attention
 * windows.
 *
 * All of it is small integer work on the CPU; the tables of cosines are in `rotary.ts`.
 */
import { GpuError } from "../errors.ts";

/** A picture as patches: rows and columns before merging. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** A picture in a conversation: the first of its tokens, and its grid. */
export interface PlacedImage {
  readonly begin: number;
  readonly grid: Grid;
}

/**
 * Returns the positions [tokens, axes] of a conversation's tokens. `merge` is the side of the
 * square of patches that become one token.
 */
export type PositionScheme = (
  tokens: number,
  images: readonly PlacedImage[],
  merge: number,
  axes: number,
) => Uint32Array;

/**
 * Returns positions [tokens, 3] (time, row, column) of a conversation. Text counts up on all three
 * axes. The tokens of a picture that starts at s are at (s, s + row, s + column). The text after it
 * continues at s + max(rows, columns) of the merged grid. Python: get_rope_index.
 */
export function mropePositions(
  tokens: number,
  images: readonly PlacedImage[],
  merge: number,
): Uint32Array {
  const positions = new Uint32Array(tokens * 3);
  let token = 0;
  let next = 0;
  const text = (end: number): void => {
    for (; token < end; token++, next++) {
      positions.fill(next, token * 3, token * 3 + 3);
    }
  };
  for (const { begin, grid } of images) {
    text(begin);
    const rows = grid.rows / merge;
    const columns = grid.columns / merge;
    for (let i = 0; i < rows * columns; i++, token++) {
      const place = [next, next + Math.floor(i / columns), next + (i % columns)];
      positions.set(place, token * 3);
    }
    next += Math.max(rows, columns);
  }
  text(tokens);
  if (token !== tokens) {
    throw new GpuError({
      where: "positions",
      what: "pictures overlap",
      got: token,
      expected: tokens,
    });
  }
  return positions;
}

/**
 * Returns positions [tokens, axes], counted up and the same on each axis; pictures count as text.
 */
export function linearPositions(
  tokens: number,
  _images: readonly PlacedImage[],
  _merge: number,
  axes: number,
): Uint32Array {
  return Uint32Array.from({ length: tokens * axes }, (_, i) => Math.floor(i / axes));
}

/**
 * Returns row and column [patches, 2] of each patch, merged cell by merged cell in the given order:
 * by default row by row. Python: rot_pos_emb.
 */
export function patchPositions(
  { rows, columns }: Grid,
  merge: number,
  order: Uint32Array = Uint32Array.from({ length: (rows * columns) / merge ** 2 }, (_, i) => i),
): Uint32Array {
  const positions = new Uint32Array(rows * columns * 2);
  const width = columns / merge;
  let next = 0;
  order.forEach((cell) => {
    const top = Math.floor(cell / width) * merge;
    const left = (cell % width) * merge;
    for (let inside = 0; inside < merge ** 2; inside++) {
      positions[next++] = top + Math.floor(inside / merge);
      positions[next++] = left + (inside % merge);
    }
  });
  return positions;
}

export interface Windows {
  /** Merged cells in the order of the windows: window by window, row by row inside each. */
  readonly order: Uint32Array;
  /** Merged cells of each window. */
  readonly lengths: readonly number[];
}

/**
 * Cuts a picture into attention windows of `cells` × `cells` merged cells; those at the right and
 * bottom are smaller. Python: get_window_index.
 */
export function windows({ rows, columns }: Grid, merge: number, cells: number): Windows {
  const height = rows / merge;
  const width = columns / merge;
  const order = new Uint32Array(height * width);
  const lengths: number[] = [];
  let next = 0;
  for (let top = 0; top < height; top += cells) {
    for (let left = 0; left < width; left += cells) {
      const begin = next;
      for (let row = top; row < Math.min(top + cells, height); row++) {
        for (let column = left; column < Math.min(left + cells, width); column++, next++) {
          order[next] = row * width + column;
        }
      }
      lengths.push(next - begin);
    }
  }
  return { order, lengths };
}

/** Returns the permutation that undoes `order`. */
export function invertOrder(order: Uint32Array): Uint32Array {
  const undone = new Uint32Array(order.length);
  order.forEach((from, to) => {
    undone[from] = to;
  });
  return undone;
}

/** Returns the order of rows, if each index of `order` means `each` rows. */
export function spreadOverRows(order: Uint32Array, each: number): Uint32Array {
  const rows = new Uint32Array(order.length * each);
  order.forEach((from, to) => {
    for (let i = 0; i < each; i++) {
      rows[to * each + i] = from * each + i;
    }
  });
  return rows;
}
