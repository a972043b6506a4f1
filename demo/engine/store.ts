/** The worker's store of kept models, opened once. */
import { ModelStore } from "../../src/store/model-store.ts";

let opened: Promise<ModelStore> | undefined;

/**
 * Opens the store.
 * @throws UnsupportedError if the browser keeps no files for this page
 */
export async function openStore(): Promise<ModelStore> {
  opened ??= ModelStore.open();
  return await opened;
}

/** Returns undefined if the browser keeps no files for this page. */
export async function storeIfAny(): Promise<ModelStore | undefined> {
  try {
    return await openStore();
  } catch {
    opened = undefined;
    return undefined;
  }
}
