/** What the page knows of its session: its name, whether it is kept, and the others. */
import type { Part } from "../base/page.ts";
import type { WholeWork, WorkRecord } from "../store/work-sessions.ts";

interface SessionState {
  /** Undefined until there is something of the person's own to keep. */
  readonly record: WorkRecord | undefined;
  /** False once the browser has refused: the page goes on without keeping. */
  readonly isKept: boolean;
  /** True while something is on its way into the database. */
  readonly isSaving: boolean;
  /** The sessions of this browser; undefined until they are read. */
  readonly all: readonly WorkRecord[] | undefined;
  /** The one that was deleted last: it can be had back. */
  readonly deleted: WholeWork | undefined;
  /** The id of the one whose name is written. */
  readonly renaming: string | undefined;
  readonly fault: string | undefined;
}

export const session: Part<SessionState> = {
  name: "session",
  first: () => ({
    record: undefined,
    isKept: true,
    isSaving: false,
    all: undefined,
    deleted: undefined,
    renaming: undefined,
    fault: undefined,
  }),
};
