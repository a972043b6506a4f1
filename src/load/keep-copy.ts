// Tested by: test/load/folder.test.ts
/** What keeps the quantised form of a loaded model for the next visit. */
import type { LoadRun } from "./options.ts";
import type { OpenFolder } from "./folder.ts";
import type { QuantisedModel } from "../store/copies/quantised-source.ts";

/**
 * Resolves to whether the store has it. It never fails: what keeps it from being kept is a warning.
 */
export type CopyKeeper = (signal: AbortSignal) => Promise<boolean>;

/**
 * Returns the function that keeps the copy.
 * @param copy what became of the copy that the store had before
 */
export function copyKeeper(
  options: LoadRun,
  model: QuantisedModel,
  copy: OpenFolder["copy"],
): CopyKeeper {
  // An export is kept in its form already.
  const isExport = model.table.checkpoint.exported !== undefined;
  if (copy === "read" || (isExport && options.store)) return async () => true;
  const { store, weights, keepQuantised = true, onWarning, head } = options;
  // A copy is of the published model: the next visit may ask for another head.
  if (head !== undefined) return async () => false;
  if (isExport || !store || !weights || weights === "stored" || !keepQuantised)
    return async () => false;
  const { name } = model.original;
  return async (signal) => {
    try {
      const { keepCopy } = await import("./kept-folder.ts");
      const isReplacing = copy === "refused";
      return await keepCopy(store, name, weights, model, { signal, onWarning, isReplacing });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) {
        onWarning?.(`${name}: its weights in ${weights} are not kept for the next visit: ${why}`);
      }
      return false;
    }
  };
}
