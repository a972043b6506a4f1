/** The store in a worker, with sync access handles, for store.browser.test.ts. */
import { list, visit } from "./store-page.ts";

globalThis.addEventListener(
  "message",
  ({ data }: MessageEvent<{ name: "visit" | "list"; args: [string, string[]] }>) => {
    const result = data.name === "visit" ? visit(...data.args) : list();
    result.then(
      (value) => globalThis.postMessage({ result: value }),
      (error: unknown) => globalThis.postMessage({ error: String(error) }),
    );
  },
);
