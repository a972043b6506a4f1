// Tested by: test/load/folder.test.ts
/** What of the store loading needs. A page without a store loads none of it. */
export { keepCopy, openCopy } from "../store/copies/quantised-copy.ts";
export { hubHashes } from "../store/download/hub-hashes.ts";
export { observedSource } from "../store/download/observed-source.ts";
export { storedSource } from "../store/read/stored-source.ts";
