/**
 * lit in the library as it is for Node: its classes are then made without an `HTMLElement`,
 * too, so a server may import the element. In a browser the code does the same.
 */
import type { Plugin } from "vite";

/** What lit extends and asks if there is no document. Its own stand-in is 40 KB. */
const STAND_IN = "export const HTMLElement = class {}; export const customElements = undefined;";
const ID = "\0no-document";

export function litAnywhere(): Plugin {
  return {
    name: "lit-anywhere",
    enforce: "pre",
    config: () => ({ resolve: { conditions: ["node", "module", "development|production"] } }),
    resolveId: (id) => (id === "@lit-labs/ssr-dom-shim" ? ID : undefined),
    load: (id) => (id === ID ? STAND_IN : undefined),
  };
}
