/**
 * `npm start`: builds and serves the demo with the embedded model, prints its address, and opens it
 * in a
 * Chrome that has WebGPU, if there is a desktop.
 */

import { spawn } from "node:child_process";
import path from "node:path";
import { build, preview, type PreviewServer } from "vite";
import { adapterFlags } from "../cli/chrome/adapter.ts";
import { findChrome, thisMachine } from "../cli/chrome/chrome.ts";
import { readOptions, UsageError } from "./options.ts";
import { repository } from "./repository.ts";

const usage = `
npm start -- [OPTIONS]: serves the demo with the embedded model, and opens it

  --port N     5173 by default
  --no-open    only prints the address
`;

const options = {
  port: { type: "string", default: "5173" },
  "no-open": { type: "boolean", default: false },
} as const;

/** Goes on until it is interrupted. */
export async function main(args: readonly string[]): Promise<number | undefined> {
  const parsed = readOptions(args, usage, options);
  if (parsed === undefined) return 0;
  const port = Number(parsed.values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port: expected a number up to 65535, got ${parsed.values.port}`);
  const server = await servePublished(port);
  const address = server.resolvedUrls?.local[0] ?? `http://localhost:${port}/`;
  console.log(`\n  vl-reward demo: ${address}\n`);
  if (!parsed.values["no-open"] && hasDesktop()) open(address);
  else console.log("  Open it in a browser with WebGPU. Ctrl+C ends the server.\n");
  return undefined;
}

/**
 * Builds the page as it is published and serves it: the sealed engine is one file, and nothing else
 * of the repository is served.
 * @param port 0 for any that is free
 * @param outDir where it is built; if not given, where `npm run build -- demo` builds it
 */
export async function servePublished(port: number, outDir?: string): Promise<PreviewServer> {
  const common = {
    root: path.join(repository, "demo"),
    configFile: path.join(repository, "vite.config.ts"),
    ...(outDir === undefined ? {} : { build: { outDir } }),
  };
  await build({ ...common, logLevel: "warn" });
  return await preview({
    ...common,
    // A missing file of a model is a 404, not the page.
    appType: "mpa",
    preview: { port, host: "localhost", cors: false },
  });
}

function hasDesktop(): boolean {
  if (process.env["CI"] !== undefined) return false;
  if (process.platform !== "linux") return true;
  return ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (process.env[name] ?? "") !== "");
}

function open(url: string): void {
  const chrome = findChrome();
  if (chrome === undefined) {
    console.log("  No Chrome or Chromium found: open it in a browser with WebGPU.\n");
    return;
  }
  const { kind, why, flags } = adapterFlags("auto");
  console.log(`  Opened in ${chrome}, adapter: ${kind} (${why})\n`);
  // A profile of its own: a Chrome that is running already ignores flags.
  const profile = path.join(repository, "node_modules", ".cache", "vl-reward", "profile");
  const args = [...flags, `--user-data-dir=${profile}`, "--no-first-run", `--app=${url}`];
  if (thisMachine.isRoot) args.push("--no-sandbox");
  const child = spawn(chrome, args, { detached: true, stdio: "ignore" });
  child.on("error", (error) => console.error(`  ${chrome} did not start: ${error.message}`));
  child.unref();
}
