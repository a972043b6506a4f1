/**
 * `npm start`: serves the demo with the embedded model, prints its
 * address, and opens it where there is a desktop, in a Chrome that has WebGPU.
 */

import { spawn } from "node:child_process";
import path from "node:path";
import { createServer } from "vite";
import { load, repository } from "./load.mjs";
import { readOptions, refuse } from "./options.mjs";

const usage = `
npm start -- [OPTIONS]: serves the demo with the embedded model, and opens it

  --port N     5173 by default
  --no-open    only prints the address
`;
const { values } = readOptions(usage, {
  options: { port: { type: "string", default: "5173" }, "no-open": { type: "boolean" } },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  refuse(`--port takes a number up to 65535; got ${values.port}`);
}

const server = await createServer({
  root: path.join(repository, "demo"),
  configFile: path.join(repository, "vite.config.ts"),
  server: { port },
});
await server.listen();
const address = server.resolvedUrls?.local[0] ?? `http://localhost:${port}/`;
console.log(`\n  vl-reward demo: ${address}\n`);
if (values["no-open"] !== true && hasDesktop()) await open(address);
else console.log("  Open it in a browser with WebGPU. Ctrl+C ends the server.\n");

function hasDesktop() {
  if (process.env.CI !== undefined) return false;
  if (process.platform !== "linux") return true;
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return (DISPLAY ?? "") !== "" || (WAYLAND_DISPLAY ?? "") !== "";
}

/** @param {string} url */
async function open(url) {
  const { findChrome, thisMachine } = await load("cli/chrome/chrome.ts");
  const { adapterFlags } = await load("cli/chrome/adapter.ts");
  const chrome = findChrome();
  if (chrome === undefined) {
    console.log("  No Chrome or Chromium found: open it in a browser with WebGPU.\n");
    return;
  }
  const { kind, why, flags } = adapterFlags("auto");
  console.log(`  Opened in ${chrome}, adapter: ${kind} (${why})\n`);
  // A profile of its own: flags are not taken by a Chrome that is running already.
  const profile = path.join(repository, "node_modules", ".cache", "vl-reward", "profile");
  const args = [...flags, `--user-data-dir=${profile}`, "--no-first-run", `--app=${url}`];
  if (thisMachine.isRoot) args.push("--no-sandbox");
  const child = spawn(chrome, args, { detached: true, stdio: "ignore" });
  child.on("error", (error) => console.error(`  ${chrome} did not start: ${error.message}`));
  child.unref();
}
