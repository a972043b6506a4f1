// Tested by: test/worker/worker.browser.test.ts
/**
 * The address of the ready worker's file. The build of the package puts the file beside this code,
 * and its address here (`tools/vite/engine-url.ts`).
 */
export const ENGINE_URL: URL = new URL("../serve/engine-worker.ts", import.meta.url);
