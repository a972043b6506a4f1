/** The browser side of the command line: the engine, for Node to call. */
import { resolveSource } from "../../src/files/resolve-source.ts";
import { smallFilesWhole } from "../../src/files/small-files.ts";
import type { Progress } from "../../src/types.ts";
import { pageEngine, type PageEngine } from "./page-engine.ts";

declare global {
  // Set below, called by engine.ts.
  var vlReward: PageEngine;
  // Exposed by chrome-runtime.ts before the page loads.
  var vlRewardProgress: (progress: Progress) => Promise<void>;
  var vlRewardWarning: (message: string) => Promise<void>;
}

globalThis.vlReward = pageEngine({
  onProgress: (progress) => void globalThis.vlRewardProgress(progress),
  onWarning: (message) => void globalThis.vlRewardWarning(message),
  options: {},
  // The server gives the folder out: over HTTP nothing lists it.
  openFolder: (address, files) => ({
    ...smallFilesWhole(resolveSource(address)),
    list: async () => files,
  }),
});
