/** The package's version, which a page and its worker compare. Tested by: test/version.test.ts */
export const VERSION = "0.1.0";
