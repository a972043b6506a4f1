// Tested by: test/score/loop.test.ts
/**
 * Puts rows together that go to the engine in one call.
 */

/** What a row adds to its group. */
export interface RowCost {
  readonly conversations: number;
  readonly pictures: number;
  readonly characters: number;
}

export interface GroupLimits {
  /** Conversations of the first group, and between what numbers later groups may have. */
  readonly conversations: { readonly first: number; readonly least: number; readonly most: number };
  readonly pictures: number;
  readonly characters: number;
}

/** The limits of the command line. */
export const groupLimits: GroupLimits = {
  conversations: { first: 16, least: 8, most: 256 },
  pictures: 8,
  characters: 4 * 2 ** 20,
};

/** One row at a time, for callers that show each row as it comes. */
export const oneRowAtATime: GroupLimits = {
  ...groupLimits,
  conversations: { first: 1, least: 1, most: 1 },
};

/**
 * Yields groups within the limits; a row that is larger is a group of its own. If the rows cannot
 * be read to their end, the last, incomplete group comes before the error.
 * @param most how many conversations a group may have now
 */
export async function* inGroups<Row>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  cost: (row: Row) => RowCost,
  limits: GroupLimits,
  most: () => number,
): AsyncGenerator<Row[]> {
  let group: Row[] = [];
  let sum: RowCost = { conversations: 0, pictures: 0, characters: 0 };
  let failure: { readonly error: unknown } | undefined;
  const iterator = toAsync(rows);
  for (;;) {
    let row: Row;
    try {
      const next = await iterator.next();
      if (next.done === true) break;
      row = next.value;
    } catch (error) {
      failure = { error };
      break;
    }
    const own = cost(row);
    const grown = {
      conversations: sum.conversations + own.conversations,
      pictures: sum.pictures + own.pictures,
      characters: sum.characters + own.characters,
    };
    const isOver =
      grown.conversations > most() ||
      grown.pictures > limits.pictures ||
      grown.characters > limits.characters;
    if (isOver && group.length > 0) {
      yield group;
      group = [];
      sum = own;
    } else sum = grown;
    group.push(row);
  }
  if (group.length > 0) yield group;
  if (failure !== undefined) throw failure.error;
}

async function* toAsync<Row>(rows: Iterable<Row> | AsyncIterable<Row>): AsyncGenerator<Row> {
  yield* rows;
}
