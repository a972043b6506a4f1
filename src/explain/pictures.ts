// Tested by: test/explain/explain.test.ts
/**
 * What the pictures do: as wholes, and cell by cell.
 *
 * A cell's effect joins what the margin loses if it is hidden, and what the margin gains if it
 * alone is shown in a hidden picture: the last and the first term of its Shapley value.
 * It is hidden with its neighbours, two by two, in every way. Hiding it alone misleads: a part of a
 * large object leaves its colour in sight, and half a circle looks like the triangle that a
 * question asks about. `bench/explain/choose_cells.py` compared the ways on pairs that are not held
 * out (docs/explain.md).
 */
import { at } from "../base/at.ts";
import { RewardError } from "../errors.ts";
import type { RawPixels, ScoredImage } from "../types.ts";
import { blankOf, blurOf, boxOf, coverOf, gridOf, hideBox, splitCell, withBoxOf } from "./cells.ts";
import type { Box, Cell, CellGrid } from "./cells.ts";
import { changedMargins, decodeFor, marginOf, strongestFirst } from "./study.ts";
import type { Study } from "./study.ts";
import type { ExplainOptions, ExplainScore, PictureShare, PictureUnit } from "./types.ts";
import type { Variant } from "./variants.ts";

const DEFAULT_CELLS = 4;
/** A grid with no more cells than this is looked at whole; a larger one coarse first. */
const SMALL_GRID = 36;
/** Cells that are looked at more closely, at most, and their share of the strongest. */
const FINER_CELLS = 4;
const FINER_SHARE = 0.5;
/** Cells of one call: each picture that is hidden in part goes through the tower. */
const CELLS_A_CALL = 4;

/** A picture of the request, decoded, and the grid on which its cells are hidden. */
export interface ShownPicture {
  readonly pixels: RawPixels;
  readonly grid: CellGrid;
  /** The same picture with everything hidden. */
  readonly cover: () => RawPixels;
  readonly blurred: () => RawPixels;
}

/** Decodes the pictures; undefined for those that cannot be here. */
export async function shownPictures(
  study: Study,
  originals: readonly ExplainScore[],
): Promise<(ShownPicture | undefined)[]> {
  const { pieces, options, notes, signal } = study;
  const { hide = "mean" } = options;
  return await Promise.all(
    pieces.pictures.map(async ({ image }, i): Promise<ShownPicture | undefined> => {
      const pixels = await decodeFor(study, image).catch((error: unknown) => {
        if (!(error instanceof RewardError) || signal?.aborted === true) throw error;
        notes.add(`picture ${i + 1} is not explained: ${error.message}`);
        return undefined;
      });
      if (pixels === undefined) return undefined;
      const blurred = once(() => blurOf(pixels));
      const cover = hide === "blur" ? blurred : once(() => coverOf(pixels));
      return { pixels, grid: gridOf(pixels, originals[0]?.images?.[i]), cover, blurred };
    }),
  );
}

/** Replaces all pictures together: by grey, by blurred ones, by another one. */
export async function wholePictures(
  study: Study,
  pictures: readonly (ShownPicture | undefined)[],
  values: readonly number[],
): Promise<PictureShare | null> {
  const shown = [...pictures.entries()].flatMap(([i, one]) => (one ? [{ i, ...one }] : []));
  if (shown.length === 0) return null;
  const { otherPicture } = study.options;
  const other = otherPicture === undefined ? undefined : await decodeFor(study, otherPicture);
  const replace = (key: string, make: (one: ShownPicture) => RawPixels) => ({
    pictures: new Map(shown.map((one) => [one.i, { key, image: make(one) }])),
  });
  const margins = await changedMargins(study, [
    replace("blank", ({ pixels }) => blankOf(pixels)),
    replace("blurred", ({ blurred }) => blurred()),
    ...(other ? [replace("other", () => other)] : []),
  ]);
  const margin = marginOf(values);
  const share = (i: number): number | null =>
    margin === 0 || i >= margins.length ? null : at(margins, i) / margin;
  return { blank: share(0), blurred: share(1), other: share(2) };
}

type PlacedCell = PictureUnit & { readonly cell: Cell };

/** Looks at the cells: at all of a small grid, else at coarse ones and then at finer ones. */
export async function* pictureCells(
  study: Study,
  pictures: readonly (ShownPicture | undefined)[],
  values: readonly number[],
): AsyncGenerator<PictureUnit[]> {
  let cells: PlacedCell[] = [];
  const margin = marginOf(values);
  const units = (more: readonly PlacedCell[]): PictureUnit[] =>
    [...cells, ...more].map(({ cell: _cell, ...unit }) => unit);
  for (const [picture, shown] of pictures.entries()) {
    if (shown === undefined) continue;
    let found: PlacedCell[] = [];
    const first = firstCells(study.options, shown.grid);
    for await (found of cellEffects(study, { picture, shown, cells: first, margin })) {
      yield units(found);
    }
    cells = [...cells, ...found];
    const largest = Math.abs(strongestFirst(found)[0]?.effect ?? 0);
    for (const strong of strongestFirst(found).slice(0, FINER_CELLS)) {
      const parts = splitCell(strong.cell, 2);
      if (parts.length < 2 || Math.abs(strong.effect) < FINER_SHARE * largest) continue;
      // The parts take the place of the whole.
      cells = cells.filter((one) => one !== strong);
      let finer: PlacedCell[] = [];
      const look = { picture, shown, cells: parts, margin, around: strong.box };
      for await (finer of cellEffects(study, look))
        if (finer.length === parts.length) yield units(finer);
      cells = [...cells, ...finer];
    }
  }
}

/** Returns how many changes of a picture its cells cost at most. */
export function cellScores(options: ExplainOptions, seen: ScoredImage | undefined): number {
  const grid = gridOf({ width: 1, height: 1 }, seen);
  const first = firstCells(options, grid);
  const isAll = first.length === grid.rows * grid.columns;
  const finer = isAll ? 0 : FINER_CELLS * 2 * 4;
  return 1 + first.length + hiddenCells(first, false).length + finer;
}

function firstCells({ cells = DEFAULT_CELLS }: ExplainOptions, grid: CellGrid): Cell[] {
  const whole = { left: 0, top: 0, right: grid.columns, bottom: grid.rows };
  const isSmall = grid.rows * grid.columns <= SMALL_GRID;
  return splitCell(whole, isSmall ? SMALL_GRID : cells);
}

interface Look {
  readonly picture: number;
  readonly shown: ShownPicture;
  /** Side by side, in rows. */
  readonly cells: readonly Cell[];
  readonly margin: number;
  /** They are parts of this box: what hides them is the colour around it. */
  readonly around?: Box;
}

/** Hides cells, then shows each alone; yields those whose effect is known. */
async function* cellEffects(study: Study, look: Look): AsyncGenerator<PlacedCell[]> {
  const { picture, shown, cells, margin, around } = look;
  const { pixels, grid, cover, blurred } = shown;
  const { hide = "mean" } = study.options;
  const change = (key: string, image: RawPixels): Omit<Variant, "response"> => ({
    pictures: new Map([[picture, { key: `${hide} ${key}`, image }]]),
  });
  const boxFor = (cell: Cell): Box => boxOf(cell, grid, pixels);
  const hidden = (cell: Cell): Omit<Variant, "response"> => {
    const box = boxFor(cell);
    const image =
      hide === "blur" ? withBoxOf(pixels, box, blurred()) : hideBox(pixels, box, around);
    return change(`hide ${box.join()} ${around?.join() ?? ""}`, image);
  };
  const alone = (cell: Cell): Omit<Variant, "response"> =>
    change(`show ${boxFor(cell).join()}`, withBoxOf(cover(), boxFor(cell), pixels));
  const [nothing = Number.NaN] = await changedMargins(study, [change("all", cover())]);
  const losses: { readonly cell: Cell; readonly lost: number }[] = [];
  for (const part of chunksOf(hiddenCells(cells, around !== undefined), CELLS_A_CALL)) {
    const margins = await changedMargins(study, part.map(hidden));
    for (const [i, cell] of part.entries()) losses.push({ cell, lost: margin - at(margins, i) });
  }
  const known: PlacedCell[] = [];
  for (const part of chunksOf(cells, CELLS_A_CALL)) {
    const margins = await changedMargins(study, part.map(alone));
    for (const [i, cell] of part.entries()) {
      const covering = losses.filter((one) => isWithin(cell, one.cell));
      const lost = covering.reduce((sum, one) => sum + one.lost / covering.length, 0);
      const effect = agreed(lost, at(margins, i) - nothing);
      known.push({ in: "picture", picture, box: boxFor(cell), effect, standardError: 0, cell });
    }
    yield [...known];
  }
}

/**
 * Returns the effect of a cell: the geometric mean of what hiding it loses and of what showing it
 * gains, so that a cell is strong if both say so. If they contradict each other, half their mean.
 */
function agreed(lost: number, gained: number): number {
  return lost * gained > 0 ? Math.sign(lost) * Math.sqrt(lost * gained) : (lost + gained) / 4;
}

/**
 * Returns what is hidden: the neighbourhoods of four cells that meet at a corner, and each cell
 * that is in none. Parts of one cell have one neighbourhood, the cell: each is hidden alone.
 */
function hiddenCells(cells: readonly Cell[], areParts: boolean): Cell[] {
  if (areParts) return [...cells];
  const windows = cells.flatMap(({ left, top, right, bottom }): Cell[] => {
    const beyond = cells.find((one) => one.left === right && one.top === bottom);
    return beyond ? [{ left, top, right: beyond.right, bottom: beyond.bottom }] : [];
  });
  return [...windows, ...cells.filter((cell) => !windows.some((one) => isWithin(cell, one)))];
}

function isWithin(cell: Cell, window: Cell): boolean {
  return (
    cell.left >= window.left &&
    cell.right <= window.right &&
    cell.top >= window.top &&
    cell.bottom <= window.bottom
  );
}

function* chunksOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
