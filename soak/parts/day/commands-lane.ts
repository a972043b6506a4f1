/**
 * `vl-reward score` as a user runs it: rows with hostile ones among them; killed, its Chrome
 * killed, or its disk full in the middle, and called again.
 */

import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { repository } from "../../../tools/repository.ts";
import {
  GOLDEN_ROOT,
  goldenSets,
  loadCases,
  loadGoldens,
  modelFolder,
  scoreLimit,
} from "../../../testing/golden.ts";
import type { Golden } from "../../../testing/golden.ts";
import { pick, type Next } from "../mutate.ts";
import { familyOf, openFiles } from "../processes.ts";
import { judged, type Job, type Lane, type Outcome, right } from "./work.ts";

const MODEL = "a";
const MOST_TOKENS = 300;
const ROWS = 24;

interface Row {
  readonly line: string | Buffer;
  /** Undefined if the row cannot be scored. */
  readonly golden: Golden | undefined;
}

interface Files {
  readonly folder: string;
  readonly input: string;
  readonly output: string;
  readonly errors: string;
}

const messages = (content: unknown): unknown => [
  { role: "user", content },
  { role: "assistant", content: "Yes." },
];
const picture = (image: unknown): unknown => messages([{ type: "image", image }]);
const json = (id: unknown, conversation: unknown): string =>
  JSON.stringify({ id, messages: conversation });

/** Rows that cannot be scored, each for its own reason. */
const HOSTILE: readonly ((id: string) => string | Buffer)[] = [
  (id) => `{"id": "${id}", "messages": [`,
  (id) => json(id, [{ role: "user", content: "no answer" }]),
  (id) => json(id, picture("no-such-file.png")),
  (id) => json(id, picture("file://host/picture.png")),
  (id) => json(id, picture("file:///%zz.png")),
  (id) => json(id, picture("http://127.0.0.1:1/secret.png?token=1")),
  (id) => json(id, picture("data:image/png;base64,AAAA")),
  (id) => json(id, picture("/dev/zero")),
  (id) => json(id, picture("\u001b]0;title\u0007.png")),
  (id) => `{"id": "${id}", "messages": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  (id) =>
    Buffer.concat([
      Buffer.from(`{"id": "${id}", "messages": "`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]),
  (id) => json(id, messages("\ud800")),
  (id) => `{"id": "${id}", "id": "${id}", "messages": []}`,
  () => `{"id": 1e400, "messages": []}`,
  () => "null",
  () => "[]",
];

function goldenRows(): readonly { id: string; messages: unknown; golden: Golden }[] {
  const set = goldenSets().find(({ name, resize }) => name === MODEL && resize === "torchvision");
  if (set === undefined) throw new Error(`there is no golden set of ${MODEL}`);
  const goldens = new Map(loadGoldens(set.golden).map((golden) => [golden.id, golden]));
  return loadCases(set.cases).flatMap(({ id, messages: turns }) => {
    const golden = goldens.get(id);
    if (golden === undefined || golden.tokens > MOST_TOKENS) return [];
    return [{ id, messages: withPaths(turns), golden }];
  });
}

/** Pictures with their whole paths. */
function withPaths(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    key === "image" && typeof inner === "string" ? path.join(GOLDEN_ROOT, inner) : inner,
  ) as unknown;
}

function writeRows(folder: string, next: Next): { files: Files; rows: ReadonlyMap<string, Row> } {
  const known = goldenRows();
  const rows = new Map<string, Row>();
  for (let i = 0; i < ROWS; i++) {
    const id = `row-${i}`;
    if (next() < 0.2) rows.set(id, { line: pick(HOSTILE, next)(id), golden: undefined });
    else {
      const { messages: turns, golden } = pick(known, next);
      rows.set(id, { line: json(id, turns), golden });
    }
  }
  const files: Files = {
    folder,
    input: path.join(folder, "in.jsonl"),
    output: path.join(folder, "out.jsonl"),
    errors: path.join(folder, "errors.jsonl"),
  };
  const lines = [...rows.values()].flatMap(({ line }) => [
    Buffer.from(line as string),
    Buffer.from("\n"),
  ]);
  writeFileSync(files.input, Buffer.concat(lines));
  return { files, rows };
}

/** Returns what is wrong with the files of a finished run. */
function faultsOf({ folder, output, errors }: Files, rows: ReadonlyMap<string, Row>): string[] {
  const faults: string[] = [];
  const scored = linesOf(output) as { id: string; score: number; tokens: number }[];
  const failed = linesOf(errors) as { row: number; id: string | null; reason: string }[];
  const wanted = [...rows].filter(([, { golden }]) => golden !== undefined);
  const ids = scored.map(({ id }) => id).join();
  if (ids !== wanted.map(([id]) => id).join()) faults.push(`rows of the output: ${ids}`);
  for (const { id, score, tokens } of scored) {
    const golden = rows.get(id)?.golden;
    if (golden === undefined) continue;
    // `score` is written with nine digits, a float's own.
    const isRight =
      Math.abs(score - golden.score) <= scoreLimit(golden) + 1e-8 && tokens === golden.tokens;
    if (!isRight) faults.push(`${id}, ${golden.id}: ${score}, wanted ${golden.score}`);
  }
  const bad = [...rows.values()].flatMap(({ golden }, i) => (golden === undefined ? [i + 1] : []));
  const told = failed.map(({ row }) => row).join();
  if (told !== bad.join()) faults.push(`rows of the errors: ${told}, wanted ${bad.join()}`);
  // oxlint-disable-next-line no-control-regex
  if (failed.some(({ reason }) => /[\u0000-\u0008\u001b\u009b]/.test(reason)))
    faults.push("raw escapes");
  const left = readdirSync(folder).filter((name) => !/^(in|out|errors)\.jsonl$/.test(name));
  if (left.length > 0) faults.push(`left over: ${left.join()}`);
  return faults;
}

function linesOf(file: string): unknown[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
}

interface Ended {
  readonly code: number | null;
  readonly err: string;
}

const running = new Set<ChildProcess>();

function scoreArguments({ input, output, errors }: Files): string[] {
  const script = path.join(repository, "tools/run.mjs");
  return [
    script,
    "cli",
    "score",
    "--model",
    modelFolder(MODEL),
    "--input",
    input,
    "--output",
    output,
    "--errors",
    errors,
  ];
}

/** Runs the call; `hurt` may harm it meanwhile. */
async function runScore(
  files: Files,
  hurt?: (child: ChildProcess) => Promise<void>,
  command: string = process.execPath,
  args: readonly string[] = scoreArguments(files),
): Promise<Ended> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  running.add(child);
  let err = "";
  child.stderr?.on("data", (piece: Buffer) => (err += piece.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let isOver = false;
  void ended.then(() => (isOver = true));
  if (hurt !== undefined) await Promise.race([hurt(child), ended]);
  const code = await ended;
  running.delete(child);
  if (!isOver) throw new Error("unreachable");
  return { code, err };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when the output has that many bytes, or the call has begun to score. */
async function whenWritten(file: string, bytes: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    if (bytes <= 0 || (existsSync(file) && statSync(file).size >= bytes)) return;
    await pause(50);
  }
}

/** Bytes of the output at which something happens: somewhere in it, or before there is any. */
const somewhere = (next: Next): number =>
  next() < 0.2 ? 0 : 1 + Math.floor(next() * ROWS * 40 * 0.7);

/** Calls until it is done, twice more at most. */
async function finish(files: Files): Promise<string[]> {
  const { code, err } = await runScore(files);
  return code === 0 ? [] : [`the next call ended with ${code}: ${err.slice(-600)}`];
}

/** Makes the rows, does the work in a folder of its own, and looks at what is left. */
async function inFolder(
  next: Next,
  work: (files: Files, next: Next) => Promise<string[]>,
): Promise<Outcome> {
  const before = new Set(readdirSync(tmpdir()));
  const folder = mkdtempSync(path.join(tmpdir(), "rows-"));
  const { files, rows } = writeRows(folder, next);
  const faults = await work(files, next);
  faults.push(...faultsOf(files, rows));
  rmSync(folder, { recursive: true });
  // Chrome's folders of killed runs are removed by the next run. Chrome itself, whose parent was
  // killed, may end a moment later than that.
  const left = readdirSync(tmpdir()).filter((name) => !before.has(name) && isOfRun(name));
  if (left.length > 0) faults.push(`left in the temporary folder: ${left.join()}`);
  return judged(faults, right());
}

/** Another lane's process may come and go meanwhile. */
const isOfRun = (name: string): boolean =>
  name.startsWith("vl-reward") || name.startsWith("puppeteer");

const rowsJob: Job = (next) => inFolder(next, finish);

const killJob: Job = (next) =>
  inFolder(next, async (files) => {
    for (let i = 0; i < 2; i++) {
      await runScore(files, async (child) => {
        await whenWritten(files.output, somewhere(next), child);
        if (next() < 0.3) await pause(next() * 3000);
        child.kill(pick(["SIGKILL", "SIGKILL", "SIGTERM", "SIGHUP"] as const, next));
      });
    }
    return await finish(files);
  });

/** Kills a process of Chrome: the browser, a renderer (the tab) or the GPU process. */
const killChromeJob: Job = (next) =>
  inFolder(next, async (files) => {
    const kind = pick(["browser", "renderer", "gpu-process"] as const, next);
    const { code, err } = await runScore(files, async (child) => {
      await whenWritten(files.output, 1 + somewhere(next) / 2, child);
      const chrome = familyOf(child.pid ?? -1).filter(({ id }) => kindOfChrome(id) === kind);
      for (const { id } of chrome.slice(0, 1)) process.kill(id, "SIGKILL");
    });
    // It recovers (GPU process), or ends with an error of ours and what it had written.
    if (code !== 0 && !/^(GpuError|UnsupportedError): /m.test(err)) {
      return [`${kind} killed: ended with ${code}: ${err.slice(-600)}`];
    }
    return await finish(files);
  });

/** What a process of Chrome is, by its command line. */
function kindOfChrome(id: number): string | undefined {
  try {
    if (!/chrom/i.test(readlinkSync(`/proc/${id}/exe`))) return undefined;
    const args = readFileSync(`/proc/${id}/cmdline`, "utf8");
    return /--type=([\w-]+)/.exec(args)?.[1] ?? "browser";
  } catch {
    return undefined;
  }
}

/** A small disk of its own (Linux): it is gone with the processes that see it. */
const diskFullJob: Job = (next) =>
  inFolder(next, async (files) => {
    const kilobytes = 4 * (1 + Math.floor(next() * 2));
    const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
    const disk = path.join(files.folder, "disk");
    const onDisk: Files = {
      ...files,
      output: path.join(disk, "out.jsonl"),
      errors: path.join(disk, "errors.jsonl"),
    };
    const call = [process.execPath, ...scoreArguments(onDisk)].map(quoted).join(" ");
    // Filled before the call, so that a few lines fit.
    const room = Math.floor(next() * 3000);
    const script = [
      `mkdir ${quoted(disk)}`,
      `mount -t tmpfs -o size=${kilobytes}k tmpfs ${quoted(disk)}`,
      `head -c ${kilobytes * 1024 - 4096 - (room > 1500 ? 4096 : 0)} /dev/zero > ${quoted(disk)}/full`,
      `${call}; first=$?`,
      `rm ${quoted(disk)}/full; mount -o remount,size=1m ${quoted(disk)}`,
      `${call}; second=$?`,
      `mv ${quoted(disk)}/*.jsonl ${quoted(files.folder)}/`,
      `ls -A ${quoted(disk)} > ${quoted(files.folder)}/left`,
      `umount ${quoted(disk)}; rmdir ${quoted(disk)}`,
      `echo "codes: $first $second" >&2`,
    ].join("\n");
    const asRoot = process.getuid?.() === 0 ? "-m" : "-rm";
    const { err } = await runScore(files, undefined, "unshare", [asRoot, "sh", "-c", script]);
    const [, first, second] = /codes: (\d+) (\d+)/.exec(err) ?? [];
    const left = path.join(files.folder, "left");
    const others = existsSync(left) ? readFileSync(left, "utf8").trim() : "no list";
    rmSync(left, { force: true });
    const faults: string[] = [];
    if (others !== "") faults.push(`left on the disk: ${others}`);
    if (second !== "0")
      faults.push(`after there was room: ended with ${second}: ${err.slice(-600)}`);
    const isTyped = /^InputError: .*(full|space|ENOSPC)/im.test(err);
    if (first !== "0" && !isTyped)
      faults.push(`disk full: ended with ${first}: ${err.slice(-600)}`);
    return faults;
  });

export function openCommandsLane(): Lane {
  return {
    jobs: { rows: rowsJob, kill: killJob, killChrome: killChromeJob, diskFull: diskFullJob },
    async measure() {
      const names = readdirSync(tmpdir());
      return {
        "open files": openFiles(),
        "folders of runs": names.filter((name) => name.startsWith("rows-")).length,
        processes: familyOf(process.pid).length,
      };
    },
    async close() {
      for (const child of running) child.kill("SIGTERM");
    },
  };
}
