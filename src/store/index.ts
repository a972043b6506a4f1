/** The entry point `vl-reward/store`: models stored in the browser. */
export { ModelStore } from "./model-store.ts";
export type {
  DeleteOptions,
  ModelStoreOptions,
  RepairOptions,
  StoredModel,
  StoreVerdict,
} from "./model-store.ts";
export type { CheckOptions, DamagedRange } from "./read/check-model.ts";
export type { StoreDirectory, StoreFile } from "./layout/directory.ts";
export type { StoreLocks } from "./tabs/locks.ts";
export type { StoreProgress } from "./read/stored-source.ts";
export type { Manifest, ManifestFile } from "./layout/manifest.ts";
