/**
 * The browser side of `openPage`: calls an exported function of any module of the repository.
 */

type Callable = (...args: unknown[]) => unknown;

declare global {
  // Called by testing/browser/browser.ts.
  var callModule: (module: string, name: string, args: unknown[]) => Promise<unknown>;
}

globalThis.callModule = async (module, name, args) => {
  const exports = (await import(/* @vite-ignore */ module)) as Record<string, Callable>;
  const called = exports[name];
  if (called === undefined) throw new Error(`${module} exports no ${name}`);
  return called(...args);
};

/** Tells that this is the page of the harness. */
export const harness = "vl-reward";
