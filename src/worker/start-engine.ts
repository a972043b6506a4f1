/** Starts the worker that holds the engine: the ready one, or one of the caller's own. */
import { UnsupportedError } from "../errors.ts";
import { ENGINE_URL } from "./engine-url.ts";
import { scriptUrl } from "./script-url.ts";
import type { StartedEngine, StartOptions } from "./started-engine.ts";

/**
 * Starts an engine.
 * @param round how many were started before: a shared one that hangs gets a successor by number
 * @throws UnsupportedError if the page may start none
 */
export async function startEngine(options: StartOptions, round: number): Promise<StartedEngine> {
  try {
    return await start(options, round);
  } catch (cause) {
    if (cause instanceof UnsupportedError) throw cause;
    throw new UnsupportedError({
      where: "worker",
      what: "the page may not start one",
      got: String(cause),
      todo: "Allow worker-src 'self' in the page's policy, or give a worker of your own",
      cause,
    });
  }
}

async function start(options: StartOptions, round: number): Promise<StartedEngine> {
  const { worker, sealed, shared } = options;
  const made = typeof worker === "function" ? worker() : worker;
  if (typeof made === "object" && !(made instanceof URL)) {
    const isReplaceable = made !== worker;
    const end = (): void => ("terminate" in made ? made.terminate() : made.close());
    return { port: made, isReplaceable, isStarted: !isReplaceable, end };
  }
  if (location.protocol === "file:") {
    throw new UnsupportedError({
      where: "worker",
      what: "the page was opened as a file, and files start no workers",
      todo: "Serve the page over http",
    });
  }
  const base = document.baseURI;
  // Turbopack's URLs of files are relative ones.
  const url = new URL(made ?? ENGINE_URL.href, base);
  // Of a sandboxed frame it is null, whatever its address.
  if (sealed === true || shared === true || url.origin !== globalThis.origin) {
    const { startOther } = await import("./other-engines.ts");
    return { address: url.href, ...startOther(url, base, options, round) };
  }
  const port = new Worker(scriptUrl(url.href), { type: "module" });
  port.postMessage({ base });
  return { port, isReplaceable: true, address: url.href, end: () => port.terminate() };
}
