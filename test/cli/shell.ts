/** Runs the command line as a shell does: in a process of its own, with Chrome if it needs it. */
import { spawn } from "node:child_process";
import path from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs it in a folder, and sends it a signal when `until` returns true for stderr. */
export function callCli(
  folder: string,
  args: readonly string[],
  until?: (err: string) => boolean,
  signal: NodeJS.Signals = "SIGINT",
): Promise<Ended> {
  const script = path.resolve("tools/run.mjs");
  // Chrome's profiles are stored there while it runs.
  // Paths are relative to the caller's folder, so npm's own INIT_CWD is replaced.
  const env = { ...process.env, TMPDIR: folder, INIT_CWD: folder };
  const child = spawn(process.execPath, [script, "cli", ...args], { cwd: folder, env });
  return new Promise((resolve, reject) => {
    let [out, err] = ["", ""];
    let interrupted = false;
    child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
    child.stderr.on("data", (piece: Buffer) => {
      err += piece.toString();
      if (interrupted || until?.(err) !== true) return;
      interrupted = child.kill(signal);
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
