/** Reads the store's far bytes in a worker, for far-bytes.browser.test.ts. */
import { fromStore } from "./far-bytes-page.ts";

globalThis.postMessage(await fromStore().catch(String));
