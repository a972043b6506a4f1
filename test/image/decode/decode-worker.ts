/** Decodes in a worker, for decode.browser.test.ts. */
import { decodeFile } from "./decode-page.ts";

globalThis.addEventListener("message", ({ data }: MessageEvent<string>) => {
  void decodeFile(data, "").then((outcome) => globalThis.postMessage(outcome));
});
