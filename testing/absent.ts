/**
 * Stands in for Dawn and puppeteer in the project `unit` (vitest.config.ts): it has neither a GPU
 * nor a browser.
 */

function refuse(): never {
  throw new Error(
    "unit tests have no GPU and no browser. Name the file *.gpu.test.ts or *.browser.test.ts.",
  );
}

interface Launcher {
  readonly launch: () => never;
}
const launcher: Launcher = { launch: refuse };
export default launcher;

export { refuse as create };
export const globals: Record<string, unknown> = {};
