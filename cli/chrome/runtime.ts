// Tested by: test/cli/chrome/runtime.test.ts
/** Where the engine runs: in a page of headless Chrome, or in this process. */
import type { Progress } from "../../src/types.ts";
import type { AdapterChoice } from "./adapter.ts";
import type { PageEngine } from "./page-engine.ts";

/** What `--runtime` takes. */
export const runtimeChoices = ["chrome", "node"] as const;
export type RuntimeChoice = (typeof runtimeChoices)[number];

export type PageCall = keyof PageEngine;

/** A running engine. Arguments and answers are JSON text. */
export interface Runtime {
  call(name: PageCall, json: string): Promise<string>;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  /** The server of pictures, and of the model if it is on this machine. */
  readonly url: string;
  /** The model's folder on this machine. */
  readonly folder: string | undefined;
  readonly adapter: AdapterChoice;
  readonly log: (line: string) => void;
  /** Takes addresses of this machine out of a message. */
  readonly readable: (text: string) => string;
  readonly onProgress: (progress: Progress) => void;
}

/** What decides; a test gives its own. */
export interface Surroundings {
  /** Returns whether a package is installed where the command line is, or where it was called. */
  isInstalled(name: string): Promise<boolean>;
  /** Returns whether this machine seems to have a GPU. */
  seemsToHaveGpu(): Promise<boolean>;
  /** Returns the name of Dawn's adapter, if it is not software. */
  realAdapter(): Promise<string | undefined>;
}

/**
 * Returns the runtime of a call: the one that was asked for; Node if `webgpu` and `sharp` are
 * installed and have a real GPU; else Chrome.
 */
export async function chooseRuntime(
  asked: RuntimeChoice | undefined,
  adapter: AdapterChoice,
  around: Surroundings,
): Promise<{ readonly kind: RuntimeChoice; readonly why: string }> {
  if (asked !== undefined) return { kind: asked, why: `--runtime ${asked}` };
  const chrome = (why: string) => ({ kind: "chrome" as const, why });
  if (adapter === "swiftshader" || adapter === "driver") return chrome(`--adapter ${adapter}`);
  for (const name of ["webgpu", "sharp"]) {
    if (!(await around.isInstalled(name))) return chrome(`npm's ${name} is not installed`);
  }
  // Opening Dawn takes a second: not where nothing speaks for a GPU.
  if (!(await around.seemsToHaveGpu())) return chrome("no GPU on this machine");
  const name = await around.realAdapter();
  return name === undefined ? chrome("Dawn has no GPU") : { kind: "node", why: name };
}
