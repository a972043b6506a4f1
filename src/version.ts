/** The package's version. A page and its worker must have the same: `test/version.test.ts` holds it. */
export const VERSION = "0.1.0";
