/**
 * Module hooks of Node: strips the types of TypeScript, and turns `x.wgsl?raw` into a module that
 * exports the file's text, as Vite does.
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";
import { boundRuns, hasRuns } from "./vite/bounded-parquet.mjs";

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  const { protocol, pathname, search } = new URL(url);
  if (protocol !== "file:") return await nextLoad(url, context);
  if (search === "?raw") {
    const text = await readFile(fileURLToPath(`file://${pathname}`), "utf8");
    return fromSource(`export default ${JSON.stringify(text)};`);
  }
  if (hasRuns(pathname)) return fromSource(boundRuns(await readFile(fileURLToPath(url), "utf8")));
  if (!pathname.endsWith(".ts")) return await nextLoad(url, context);
  const file = fileURLToPath(url);
  const { code, map } = await transformWithOxc(await readFile(file, "utf8"), file, {
    sourcemap: true,
  });
  const inBase64 = Buffer.from(JSON.stringify(map)).toString("base64");
  return fromSource(`${code}\n//# sourceMappingURL=data:application/json;base64,${inBase64}`);
}

/** @param {string} source */
function fromSource(source) {
  return { format: "module", shortCircuit: true, source };
}
