/** The door `vl-reward/store`: models kept in the browser. */
export { ModelStore } from "./model-store.ts";
export type { StoredModel, StoreVerdict } from "./model-store.ts";
export type { StoreProgress } from "./read/stored-source.ts";
