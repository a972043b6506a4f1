// Tested by: test/monitor/monitor.test.ts
/** What is remembered of a stream of rows, reference or run alike, in bounded memory. */
import type { MonitorRow } from "./row.ts";
import { Sample } from "./sample.ts";

/** Columns and values of groups beyond these are left out, with a note. */
const MOST_COLUMNS = 12;
const MOST_VALUES = 20;
const KEPT_OF_GROUP = 1024;

export interface Share {
  readonly count: number;
  readonly of: number;
}

export class Tally {
  readonly scores: Sample = new Sample();
  readonly tokens: Sample = new Sample();
  readonly pixels: Sample = new Sample();
  /** Scores by column and value. */
  readonly groups: Map<string, Map<string, Sample>> = new Map<string, Map<string, Sample>>();
  /** Columns that have too many values to be groups. */
  readonly dropped: Set<string> = new Set<string>();
  /** 1 for each labelled row that was right, and the chances of the same rows. */
  readonly labels: LabelledSample = new LabelledSample();
  /** Chances of rows without a label. */
  readonly chances: Sample = new Sample();
  rows: number = 0;
  #withoutPicture = 0;
  #knownPictures = 0;
  #outside = 0;
  #knownOutside = 0;

  add(row: MonitorRow): void {
    this.rows += 1;
    this.scores.add(row.score);
    if (row.tokens !== undefined) this.tokens.add(row.tokens);
    if (row.pixels !== undefined && row.pixels > 0) this.pixels.add(row.pixels);
    if (row.pictures !== undefined) {
      this.#knownPictures += 1;
      if (row.pictures === 0) this.#withoutPicture += 1;
    }
    if (row.isOutside !== undefined) {
      this.#knownOutside += 1;
      if (row.isOutside) this.#outside += 1;
    }
    if (row.isRight !== undefined) this.labels.add(row.isRight, row.chance);
    else if (row.chance !== undefined) this.chances.add(row.chance);
    for (const [column, value] of Object.entries(row.groups)) {
      this.#addToGroup(column, value, row.score);
    }
  }

  get withoutPicture(): Share {
    return { count: this.#withoutPicture, of: this.#knownPictures };
  }

  get outside(): Share {
    return { count: this.#outside, of: this.#knownOutside };
  }

  #addToGroup(column: string, value: string, score: number): void {
    if (this.dropped.has(column)) return;
    let values = this.groups.get(column);
    if (values === undefined) {
      if (this.groups.size >= MOST_COLUMNS) {
        this.dropped.add(column);
        return;
      }
      values = new Map();
      this.groups.set(column, values);
    }
    let sample = values.get(value);
    if (sample === undefined) {
      if (values.size >= MOST_VALUES) {
        this.dropped.add(column);
        this.groups.delete(column);
        return;
      }
      sample = new Sample(KEPT_OF_GROUP);
      values.set(value, sample);
    }
    sample.add(score);
  }
}

/** Labels with the chances of the same rows: the newest `MOST_LABELS` of them. */
class LabelledSample {
  readonly right: number[] = [];
  readonly chance: (number | undefined)[] = [];
  count = 0;

  add(isRight: boolean, chance: number | undefined): void {
    this.count += 1;
    if (this.right.length >= MOST_LABELS) {
      // The oldest make room: the newest labels say what is true now.
      this.right.shift();
      this.chance.shift();
    }
    this.right.push(Number(isRight));
    this.chance.push(chance);
  }
}

const MOST_LABELS = 5000;
