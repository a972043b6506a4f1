// Tested by: test/monitor/monitor.test.ts
/** What a run is compared with: the rows of a time when all was well. */
import { InputError } from "../errors.ts";
import type { Anchor } from "./anchors.ts";
import type { MonitorRow } from "./row.ts";
import { Tally } from "./tally.ts";

/** Fewer rows have no distribution that a run could be compared with. */
const LEAST_ROWS = 20;
/** Ids that are kept to find anchors that no row marks. */
const MOST_IDS = 20_000;

export class MonitorReference {
  readonly tally: Tally = new Tally();
  readonly #marked = new Map<string, Anchor>();
  readonly #unmarked = new Map<string, Anchor>();

  add(row: MonitorRow): void {
    const { score, digest, tokens, model, engine } = row;
    const anchor = { score, digest, tokens, model, engine };
    if (row.isAnchor) {
      this.#marked.set(row.id, anchor);
      return;
    }
    this.tally.add(row);
    if (this.#unmarked.size < MOST_IDS) this.#unmarked.set(row.id, anchor);
  }

  /** True if rows say that they are anchors; then only these are. */
  get isMarked(): boolean {
    return this.#marked.size > 0;
  }

  get anchors(): ReadonlyMap<string, Anchor> {
    return this.isMarked ? this.#marked : this.#unmarked;
  }

  /** @throws InputError if there are too few rows besides anchors */
  check(where: string): void {
    if (this.tally.rows >= LEAST_ROWS) return;
    const expected = `${LEAST_ROWS} rows or more besides anchors`;
    throw new InputError({ where, expected, got: this.tally.rows });
  }
}
