/** What the engine's worker answers beside the calls of a model: it tries to reach the network. */
import { tryChannels } from "../../src/sealed/channels.ts";
import type { Answers } from "./protocol.ts";

/** The browser's own; the worker's `fetch` asks the library. */
const nativeFetch = fetch;

export const proofAnswers: Answers<"prove"> = {
  prove: async ({ address }) =>
    await tryChannels(address, (input, init) => nativeFetch.call(globalThis, input, init)),
};
