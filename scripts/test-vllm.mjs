/**
 * `npm run test:vllm -- VLLM`: the remote client against a real vLLM, on whatever it runs.
 *
 * The text golden as it is, by token ids and by messages; a vision golden after `vl-reward export`,
 * pictures as data URLs; ranks of 8 against the engine here. Scores are held against the goldens'
 * limits. Not part of `npm test`: a vLLM takes gigabytes and minutes.
 */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { repository } from "./load.mjs";
import { readOptions, refuse } from "./options.mjs";

const usage = `
npm run test:vllm -- VLLM [OPTIONS]: the remote client against a real vLLM

  VLLM      the program, such as venv/bin/vllm; or in VLLM, the environment
  --keep    leaves the files
`;
const { values, positionals } = readOptions(usage, {
  allowPositionals: true,
  options: { keep: { type: "boolean", default: false } },
});
const [vllm = process.env.VLLM] = positionals;
if (vllm === undefined) refuse("the path of vllm is missing");
const golden = path.join(repository, "test/golden");
const { limits } = JSON.parse(readFileSync(path.join(golden, "manifest.json"), "utf8"));
const relative = limits.scoreText.relativeToMaxOneScore;
const port = 18_123;
const url = `http://127.0.0.1:${port}`;
const readyMs = 600_000;
/** Spells control tokens: vLLM takes them for such, we for text. The client warns. */
const differs = new Set(["control-text"]);

const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-vllm-"));
let failed = 0;
try {
  const text = path.join(golden, "models/qwen3");
  await withServer(text, [], async () => {
    compare("text, token ids", text, "cases-text.jsonl", "golden-qwen3.jsonl", ["--model", text]);
    compare("text, messages", text, "cases-text.jsonl", "golden-qwen3.jsonl", []);
    compareRanks("text", text, ["--model", text]);
  });
  const vision = path.join(golden, "models/a");
  const exported = path.join(folder, "exported");
  cli(["export", "--for", "vllm", "--model", vision, "--output", exported]);
  await withServer(exported, ["--limit-mm-per-prompt", '{"image":3,"video":0}'], async () => {
    compare("vision, messages", vision, "cases.jsonl", "golden-a.jsonl", []);
    compare("vision, token ids", vision, "cases.jsonl", "golden-a.jsonl", ["--model", vision]);
    compareRanks("vision", vision, []);
  });
} finally {
  if (!values.keep) rmSync(folder, { recursive: true });
  else console.log(folder);
}
console.log(failed === 0 ? "all within the limits" : `${failed} beyond the limits`);
process.exitCode = failed === 0 ? 0 : 1;

/** Scores of the server against the reference's. */
function compare(name, _model, cases, goldens, more) {
  const output = path.join(folder, `${name.replaceAll(/\W+/g, "-")}.jsonl`);
  const input = path.join(golden, cases);
  const { stderr } = cli([
    "score",
    "--input",
    input,
    "--output",
    output,
    "--backend",
    url,
    ...more,
  ]);
  const wanted = new Map(lines(path.join(golden, goldens)).map((one) => [one.id, one.score]));
  const got = lines(output);
  if (got.length !== wanted.size)
    throw new Error(`${name}: ${got.length} of ${wanted.size} scores`);
  let worst = 0;
  for (const { id, score } of got) {
    const error = Math.abs(score - wanted.get(id)) / Math.max(1, Math.abs(wanted.get(id)));
    if (differs.has(id)) {
      const isWarned = stderr.includes("spells the control token");
      console.log(`  ${name}: ${id} is off by ${error.toExponential(1)}, warned: ${isWarned}`);
      if (!isWarned) failed += 1;
      continue;
    }
    worst = Math.max(worst, error);
    if (error <= relative) continue;
    failed += 1;
    console.log(`  ${name}: ${id}: got ${score}, wanted ${wanted.get(id)}`);
  }
  console.log(`${name}: ${got.length} scores, worst ${worst.toExponential(1)} of ${relative}`);
}

/** Ranks of 8 by the server against those of the engine here. */
function compareRanks(name, model, more) {
  const image = path.join(golden, "images/wide.png");
  const question = { type: "text", text: "How many shapes?" };
  const picture = name === "vision" ? [{ type: "image", image }] : [];
  const messages = [{ role: "user", content: [...picture, question] }];
  const long = "First I count the left half, then the right half; ";
  const tails = ["five.", "six.", "I do not know."];
  const responses = ["", "Five.", "\n\nFive.", "7", "\n \n", ...tails.map((tail) => long + tail)];
  const input = path.join(folder, `${name}-ranks.jsonl`);
  writeFileSync(input, `${JSON.stringify({ id: 0, messages, responses })}\n`);
  const [there, here] = [`${input}.there`, `${input}.here`];
  cli(["rank", "--input", input, "--output", there, "--backend", url, ...more]);
  cli(["rank", "--input", input, "--output", here, "--model", model]);
  const [[a], [b]] = [lines(there), lines(here)];
  const errors = a.scores.map(
    (score, i) => Math.abs(score - b.scores[i]) / Math.max(1, Math.abs(b.scores[i])),
  );
  const worst = Math.max(...errors);
  if (worst > relative) failed += 1;
  if (a.order.join() !== b.order.join()) {
    failed += 1;
    console.log(`  ${name}: order ${a.order.join()} there, ${b.order.join()} here`);
  }
  console.log(`${name}: a rank of 8, worst ${worst.toExponential(1)} of ${relative}`);
}

function lines(file) {
  const text = readFileSync(file, "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function cli(args) {
  const script = path.join(repository, "scripts/cli.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`vl-reward ${args.join(" ")}: exit code ${status}\n${stderr}`);
  return { stderr };
}

async function withServer(model, more, work) {
  const args = ["serve", model, "--runner", "pooling", "--dtype", "float32"];
  const place = ["--host", "127.0.0.1", "--port", String(port)];
  const shape = ["--max-model-len", "2048", "--enforce-eager"];
  const env = {
    ...process.env,
    HF_HUB_OFFLINE: "1",
    VLLM_NO_USAGE_STATS: "1",
    VLLM_CPU_KVCACHE_SPACE: process.env.VLLM_CPU_KVCACHE_SPACE ?? "1",
  };
  const options = /** @type {const} */ ({ env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const server = spawn(vllm, [...args, ...place, ...shape, ...more], options);
  let log = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (piece) => (log = (log + piece).slice(-20_000)));
  }
  const ended = new Promise((resolve) => server.once("exit", resolve));
  let isRunning = true;
  void ended.then(() => (isRunning = false));
  try {
    const begin = Date.now();
    for (;;) {
      const ready = await fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) break;
      if (!isRunning || Date.now() - begin > readyMs) throw new Error(`vllm did not start\n${log}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    await work();
  } finally {
    // Its engine is a process of its own: the whole group ends.
    if (isRunning) process.kill(-server.pid, "SIGTERM");
    await ended;
  }
}
