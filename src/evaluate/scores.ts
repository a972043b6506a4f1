// Tested by: test/evaluate/metrics.test.ts
/**
 * Reads and writes kept scores: one line a row, found by id and digest, so that an evaluation can
 * be repeated without the model. They are entries of a journal (src/score/journal.ts), with the
 * sizes of pictures:
 *
 *   {"id", "digest", "scores": [one for each response, in the file's order],
 *    "pixels": [{width, height, resizedWidth, …}],
 *    "step_values": [the values of its steps, for each response]}
 *
 * Scores from elsewhere need no digest; rows that share an id then take their lines in order.
 */

import { isObject, isId } from "../base/json.ts";
import { InputError } from "../errors.ts";
import { type JournalEntry, type KeptEntries } from "../score/journal.ts";
import type { EvaluationRow, PixelRecord, RowScores, ScoredRow } from "./rows.ts";

interface Line extends RowScores {
  readonly id: string;
  readonly digest: string | undefined;
}

/** Returns how the scores of a row are kept. */
export function scoreLine(
  row: EvaluationRow,
  { scores, pixels, stepValues }: RowScores,
): JournalEntry {
  const steps = stepValues && inFileOrder(row, stepValues);
  return {
    id: row.id,
    digest: row.digest,
    scores: inFileOrder(row, scores),
    ...(pixels && { pixels }),
    ...(steps && { step_values: steps }),
  };
}

/** Returns the kept scores of a row, or undefined if none fit it. */
export function keptScores(kept: KeptEntries, row: EvaluationRow): RowScores | undefined {
  const { id, digest, responses } = row;
  const entry = kept.find({ id, digest, conversations: responses.length });
  if (entry?.scores === undefined) return undefined;
  const steps = stepsIn(entry["step_values"], `id ${id}`);
  return {
    scores: inFileOrder(row, entry.scores),
    pixels: pixelsIn(entry["pixels"]),
    stepValues: steps && inFileOrder(row, steps),
  };
}

/**
 * Reads the scores in a text.
 *
 * JSON lines as above; or one JSON object of lists of scores by id, at its top or under `pairs`.
 * If an id has several sets, `name` says which: {"pairs": {id: {name: [score, …]}}}.
 * @throws InputError naming the line
 */
export function parseScores(
  text: string,
  where: string,
  { name }: { readonly name?: string | undefined } = {},
): Scores {
  const whole = parsed(text);
  const isMap = isObject(whole) && whole["id"] === undefined && whole["judge"] === undefined;
  const lines = isMap ? fromMap(whole, where, name) : fromLines(text, where);
  return new Scores(lines, where);
}

/** Scores by row. */
export class Scores {
  readonly #byDigest = new Map<string, Line>();
  readonly #byId = new Map<string, Line[]>();
  readonly #where: string;
  readonly count: number;

  constructor(lines: readonly Line[], where: string) {
    this.#where = where;
    this.count = lines.length;
    for (const line of lines) {
      if (line.digest !== undefined) this.#byDigest.set(`${line.id}\u0000${line.digest}`, line);
      else this.#byId.set(line.id, [...(this.#byId.get(line.id) ?? []), line]);
    }
  }

  /**
   * Returns the rows that have scores, with them.
   * @throws InputError if a row has another number of scores than of responses
   */
  join(rows: readonly EvaluationRow[]): ScoredRow[] {
    const taken = new Map<string, number>();
    return rows.flatMap((row): ScoredRow[] => {
      const nth = taken.get(row.id) ?? 0;
      taken.set(row.id, nth + 1);
      const own =
        this.#byDigest.get(`${row.id}\u0000${row.digest}`) ?? this.#byId.get(row.id)?.[nth];
      if (own === undefined) return [];
      if (own.scores.length === row.responses.length) {
        const { pixels, stepValues } = own;
        const steps = stepValues && inFileOrder(row, stepValues);
        return [{ ...row, scores: inFileOrder(row, own.scores), pixels, stepValues: steps }];
      }
      throw new InputError({
        where: `${this.#where}, id ${row.id}`,
        what: "has another number of scores than of responses",
        got: own.scores.length,
        expected: row.responses.length,
        todo: "Give scores of the same responses, one for each",
      });
    });
  }
}

/** To the order of the file and back: rows have the right response first. */
function inFileOrder<T>({ isSwapped }: EvaluationRow, ofResponses: readonly T[]): readonly T[] {
  return isSwapped ? ofResponses.toReversed() : ofResponses;
}

function fromLines(text: string, where: string): Line[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const place = `${where}, line ${i + 1}`;
    const value = parsed(line);
    if (!isObject(value)) throw bad(place, "is not a JSON object");
    // The first line of a kept run says whose scores they are.
    if (value["judge"] !== undefined) return [];
    const { id, digest, pixels } = value;
    if (!isId(id)) throw bad(place, "has no id");
    return [
      {
        id: String(id),
        digest: typeof digest === "string" ? digest : undefined,
        scores: scoresIn(value["scores"], place),
        pixels: pixelsIn(pixels),
        stepValues: stepsIn(value["step_values"], place),
      },
    ];
  });
}

function fromMap(
  whole: Readonly<Record<string, unknown>>,
  where: string,
  name: string | undefined,
): Line[] {
  const map = isObject(whole["pairs"]) ? whole["pairs"] : whole;
  return Object.entries(map).map(([id, value]) => {
    const place = `${where}, id ${id}`;
    if (!isObject(value))
      return { id, digest: undefined, scores: scoresIn(value, place), pixels: undefined };
    const own = name === undefined ? undefined : value[name];
    if (own === undefined) {
      const wanted = `--scores-name, one of ${Object.keys(value).join(", ")}`;
      throw new InputError({
        where: place,
        what: "has several sets of scores",
        got: name,
        expected: wanted,
      });
    }
    return { id, digest: undefined, scores: scoresIn(own, place), pixels: undefined };
  });
}

function pixelsIn(value: unknown): readonly PixelRecord[] | undefined {
  return Array.isArray(value) ? (value as PixelRecord[]) : undefined;
}

/** @throws InputError if they are there, and not numbers for each response */
function stepsIn(value: unknown, where: string): readonly (readonly number[])[] | undefined {
  if (value === undefined || value === null) return undefined;
  const isWhole =
    Array.isArray(value) && value.every((steps) => isNumbers(steps) && steps.length > 0);
  if (isWhole) return value as (readonly number[])[];
  const expected = '"step_values": [[NUMBER, …], …], a list for each response';
  throw new InputError({ where, what: "has other values of steps", expected });
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isFinite(one));
}

function scoresIn(value: unknown, where: string): readonly number[] {
  if (isNumbers(value)) return value;
  throw bad(where, "has no list of finite scores");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bad(where: string, what: string): InputError {
  return new InputError({ where, what, expected: '{"id": …, "scores": [NUMBER, …]}' });
}
