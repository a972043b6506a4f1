/**
 * `npm run soak:batch`: a long batch through `vl-reward score`, killed with SIGKILL again and again and continued by the same call. Not part
 * of `npm test`: 100,000 rows take a while.
 *
 * Passes where every id is in the output once and in order, rows made bad on purpose are in the
 * file of errors, and the memory of the process and of Chrome does not grow with the rows: the
 * kills are in the first half, so that the last run is long enough to tell.
 */

import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
} from "node:fs";
import { rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { load, repository } from "./load.mjs";
import { numberOf, readOptions } from "./options.mjs";

const usage = `
npm run soak:batch -- [OPTIONS]: a long batch through vl-reward score, killed and continued

  --rows N         100000 by default
  --kills N        5 by default
  --model DIR      a small golden model by default
  --backend URL    scores on a server instead
  --keep           leaves the files
`;
const { values } = readOptions(usage, {
  options: {
    rows: { type: "string", default: "100000" },
    kills: { type: "string", default: "5" },
    model: { type: "string", default: path.join(repository, "test/golden/models/bare") },
    backend: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const rows = numberOf(values, "rows");
const kills = numberOf(values, "kills", 0);
const { median } = await load("bench/measure/interleave.ts");
/** One in so many rows cannot be scored. */
const badEvery = 997;
/** What the memory of the last third of a run may be over that of the second: garbage comes and goes. */
const allowedGrowth = 1.1;
const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-soak-"));
const [input, output, errors] = ["in", "out", "errors"].map((name) =>
  path.join(folder, `${name}.jsonl`),
);

writeInput();
const args = [
  "score",
  "--input",
  input,
  "--output",
  output,
  "--errors",
  errors,
  "--model",
  values.model,
];
if (values.backend !== undefined) args.push("--backend", values.backend);
const begin = Date.now();
for (let kill = 0; kill < kills; kill++) {
  // Somewhere in the next part of the first half, so that all of them happen.
  await runUntil(((kill + 0.3 + 0.6 * Math.random()) / kills) * (rows / 2));
}
const lastRun = await runUntil(Infinity);
const count = await check();
const seconds = (Date.now() - begin) / 1000;
console.log(
  `${count.scored} scored, ${count.bad} bad, ${kills} kills, exit code ${lastRun.status}, ` +
    `${(seconds / 60).toFixed(1)} min, ${Math.round(rows / seconds)} rows/s, starts included`,
);
const isConstant = lastRun.growth <= allowedGrowth;
if (!isConstant)
  console.log(`memory grew ${lastRun.growth.toFixed(2)} times, wanted ${allowedGrowth} at most`);
if (!values.keep) rmSync(folder, { recursive: true });
process.exitCode = lastRun.status === 0 && isConstant ? 0 : 1;

function writeInput() {
  const file = openSync(input, "w");
  for (let i = 0; i < rows; i++) {
    const question = { role: "user", content: `Is ${Math.floor(i / 8)} even?` };
    const messages = [question, { role: "assistant", content: `Answer ${i % 8}: yes.` }];
    if (i % badEvery === 5) messages.pop();
    writeSync(file, `${JSON.stringify({ id: `row-${i}`, messages })}\n`);
  }
  closeSync(file);
}

/**
 * Runs the call; kills it, and not its Chrome, once the output has so many lines.
 * Gives the exit status, null where it was killed, and how memory grew.
 */
async function runUntil(linesWanted) {
  const script = path.join(repository, "scripts/cli.mjs");
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", (status) => resolve(status)));
  const samples = [];
  const timer = setInterval(() => {
    const lines = estimatedLines();
    const memory = memoryOf(child.pid);
    if (memory > 0) samples.push(memory);
    if (lines >= linesWanted) child.kill("SIGKILL");
  }, 500);
  const status = await ended;
  clearInterval(timer);
  const third = Math.floor(samples.length / 3);
  // The first third loads and warms up; in the last samples Chrome may have gone already.
  const middle = median(samples.slice(third, 2 * third));
  const last = median(samples.slice(2 * third));
  console.log(
    `${status === null ? "killed" : `ended with ${status}`} at about ${estimatedLines()} lines; ` +
      `MB: ${middle} in the second third, ${last} in the last, ${Math.max(0, ...samples)} at most`,
  );
  return { status, growth: last / middle };
}

/** From the bytes: lines are of nearly one length. */
function estimatedLines() {
  try {
    const head = readFileSync(output, { encoding: "utf8", flag: "r" }).slice(0, 4000).split("\n");
    const length =
      head.slice(0, -1).reduce((sum, line) => sum + line.length + 1, 0) / (head.length - 1);
    return head.length > 1 ? Math.round(statSync(output).size / length) : 0;
  } catch {
    return 0;
  }
}

/** Resident megabytes of a process and all below it (Linux). */
function memoryOf(pid) {
  try {
    const table = execFileSync("ps", ["-eo", "pid=,ppid=,rss="], { encoding: "utf8" });
    const all = table
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
    const family = new Set([pid]);
    for (let grown = true; grown;) {
      grown = false;
      for (const [one, parent] of all) {
        if (family.has(parent) && !family.has(one)) grown = Boolean(family.add(one));
      }
    }
    const kilobytes = all
      .filter(([one]) => family.has(one))
      .reduce((sum, [, , rss]) => sum + rss, 0);
    return Math.round(kilobytes / 1024);
  } catch {
    return 0;
  }
}

async function check() {
  const failures = new Set();
  for await (const line of linesOf(errors)) {
    const { id } = JSON.parse(line);
    if (failures.has(id)) throw new Error(`errors: ${id} twice`);
    failures.add(id);
  }
  let next = 0;
  let scored = 0;
  for await (const line of linesOf(output)) {
    while (next % badEvery === 5) next += 1;
    const { id, score } = JSON.parse(line);
    if (id !== `row-${next}`)
      throw new Error(`output, line ${scored + 1}: got ${id}, wanted row-${next}`);
    if (!Number.isFinite(score)) throw new Error(`output: ${id} has no score`);
    next += 1;
    scored += 1;
  }
  while (next < rows && next % badEvery === 5) next += 1;
  if (next !== rows) throw new Error(`output ends at row ${next} of ${rows}`);
  for (let i = 5; i < rows; i += badEvery) {
    if (!failures.delete(`row-${i}`)) throw new Error(`errors: row-${i} is missing`);
  }
  if (failures.size > 0) throw new Error(`errors: ${[...failures][0]} is no bad row`);
  const left = readdirSync(folder).filter((name) => name.includes("unfinished"));
  if (left.length > 0) throw new Error(`left over: ${left.join()}`);
  return { scored, bad: rows - scored };
}

function linesOf(file) {
  return createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}
