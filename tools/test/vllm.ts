/**
 * `npm test -- vllm VLLM`: the remote client against a real vLLM, on whatever it runs.
 *
 * The text golden as it is, by token ids and by messages; a vision golden after `vl-reward export`,
 * pictures as data URLs; ranks of 8 against the engine here. Scores are held to the goldens'
 * limits. Not part of `npm test`: a vLLM takes gigabytes and minutes.
 */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readOptions, UsageError } from "../options.ts";
import { repository } from "../repository.ts";

const usage = `
npm test -- vllm VLLM [OPTIONS]: the remote client against a real vLLM

  VLLM      the program, such as venv/bin/vllm; or in VLLM, the environment
  --keep    leaves the files
`;

const options = { keep: { type: "boolean", default: false } } as const;

const GOLDEN: string = path.join(repository, "test/golden");
const PORT = 18_123;
const URL_OF_SERVER = `http://127.0.0.1:${PORT}`;
const READY_MS = 600_000;
/** Spells control tokens: vLLM reads them as such, we as text. The client warns. */
const DIFFERS: ReadonlySet<string> = new Set(["control-text"]);

export async function testVllm(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, options, true);
  if (parsed === undefined) return 0;
  const [vllm = process.env["VLLM"]] = parsed.positionals;
  if (vllm === undefined) throw new UsageError("vllm: expected the path of vllm, got none");
  const folder = mkdtempSync(path.join(tmpdir(), "vl-reward-vllm-"));
  // npm runs scripts in the package's folder, but paths are relative to the user's folder.
  const program = path.resolve(process.env["INIT_CWD"] ?? ".", vllm);
  const run = new VllmRun(program, folder);
  try {
    await run.testText();
    await run.testVision();
  } finally {
    if (parsed.values.keep) console.log(folder);
    else rmSync(folder, { recursive: true });
  }
  console.log(run.failed === 0 ? "all within the limits" : `${run.failed} beyond the limits`);
  return run.failed === 0 ? 0 : 1;
}

interface ScoreLine {
  readonly id: string;
  readonly score: number;
}

interface RankLine {
  readonly scores: readonly number[];
  readonly order: readonly number[];
}

class VllmRun {
  failed = 0;
  readonly #vllm: string;
  readonly #folder: string;
  /** The largest error of a score, of the larger of 1 and its size. */
  readonly #allowed: number;

  constructor(vllm: string, folder: string) {
    this.#vllm = vllm;
    this.#folder = folder;
    const manifest = readFileSync(path.join(GOLDEN, "manifest.json"), "utf8");
    const { limits } = JSON.parse(manifest) as {
      limits: { scoreText: { relativeToMaxOneScore: number } };
    };
    this.#allowed = limits.scoreText.relativeToMaxOneScore;
  }

  async testText(): Promise<void> {
    const text = path.join(GOLDEN, "models/qwen3");
    const [cases, goldens] = ["cases-text.jsonl", "golden-qwen3.jsonl"] as const;
    await this.#withServer(text, [], () => {
      this.#compare("text, token ids", cases, goldens, ["--model", text]);
      this.#compare("text, messages", cases, goldens, []);
      this.#compareRanks("text", text, ["--model", text]);
    });
  }

  async testVision(): Promise<void> {
    const vision = path.join(GOLDEN, "models/a");
    const [cases, goldens] = ["cases.jsonl", "golden-a.jsonl"] as const;
    const exported = path.join(this.#folder, "exported");
    callCli(["export", "--for", "vllm", "--model", vision, "--output", exported]);
    const perPrompt = ["--limit-mm-per-prompt", '{"image":3,"video":0}'];
    await this.#withServer(exported, perPrompt, () => {
      this.#compare("vision, messages", cases, goldens, []);
      this.#compare("vision, token ids", cases, goldens, ["--model", vision]);
      this.#compareRanks("vision", vision, []);
    });
  }

  /** Compares scores of the server with the reference's. */
  #compare(name: string, cases: string, goldens: string, more: readonly string[]): void {
    const output = path.join(this.#folder, `${name.replaceAll(/\W+/g, "-")}.jsonl`);
    const input = path.join(GOLDEN, cases);
    const files = ["--input", input, "--output", output];
    const { stderr } = callCli(["score", ...files, "--backend", URL_OF_SERVER, ...more]);
    const references = linesOf<ScoreLine>(path.join(GOLDEN, goldens));
    const wanted = new Map(references.map((one) => [one.id, one.score]));
    const got = linesOf<ScoreLine>(output);
    if (got.length !== wanted.size)
      throw new Error(`${name}: ${got.length} of ${wanted.size} scores`);
    let worst = 0;
    for (const { id, score } of got) {
      const reference = wanted.get(id) ?? Number.NaN;
      const error = relativeError(score, reference);
      if (DIFFERS.has(id)) {
        const isWarned = stderr.includes("spells the control token");
        console.log(`  ${name}: ${id} is off by ${error.toExponential(1)}, warned: ${isWarned}`);
        if (!isWarned) this.failed += 1;
        continue;
      }
      worst = Math.max(worst, error);
      if (error <= this.#allowed) continue;
      this.failed += 1;
      console.log(`  ${name}: ${id}: got ${score}, wanted ${reference}`);
    }
    const largest = worst.toExponential(1);
    console.log(`${name}: ${got.length} scores, worst ${largest} of ${this.#allowed}`);
  }

  /** Compares ranks of 8 by the server with those of the engine here. */
  #compareRanks(name: string, model: string, more: readonly string[]): void {
    const image = path.join(GOLDEN, "images/wide.png");
    const question = { type: "text", text: "How many shapes?" };
    const picture = name === "vision" ? [{ type: "image", image }] : [];
    const messages = [{ role: "user", content: [...picture, question] }];
    const long = "First I count the left half, then the right half; ";
    const tails = ["five.", "six.", "I do not know."].map((tail) => long + tail);
    const responses = ["", "Five.", "\n\nFive.", "7", "\n \n", ...tails];
    const input = path.join(this.#folder, `${name}-ranks.jsonl`);
    writeFileSync(input, `${JSON.stringify({ id: 0, messages, responses })}\n`);
    const there = this.#rank(input, "there", ["--backend", URL_OF_SERVER, ...more]);
    const here = this.#rank(input, "here", ["--model", model]);
    const errors = there.scores.map((score, i) =>
      relativeError(score, here.scores[i] ?? Number.NaN),
    );
    const worst = Math.max(...errors);
    if (!(worst <= this.#allowed)) this.failed += 1;
    if (there.order.join() !== here.order.join()) {
      this.failed += 1;
      console.log(`  ${name}: order ${there.order.join()} there, ${here.order.join()} here`);
    }
    console.log(`${name}: a rank of 8, worst ${worst.toExponential(1)} of ${this.#allowed}`);
  }

  #rank(input: string, name: string, more: readonly string[]): RankLine {
    const output = `${input}.${name}`;
    callCli(["rank", "--input", input, "--output", output, ...more]);
    const [line] = linesOf<RankLine>(output);
    if (!line) throw new Error(`${output} is empty`);
    return line;
  }

  async #withServer(model: string, more: readonly string[], work: () => void): Promise<void> {
    const place = ["--host", "127.0.0.1", "--port", String(PORT)];
    const shape = ["--max-model-len", "2048", "--enforce-eager"];
    const args = ["serve", model, "--runner", "pooling", "--dtype", "float32"];
    const server = spawn(this.#vllm, [...args, ...place, ...shape, ...more], {
      env: {
        ...process.env,
        HF_HUB_OFFLINE: "1",
        VLLM_NO_USAGE_STATS: "1",
        VLLM_CPU_KVCACHE_SPACE: process.env["VLLM_CPU_KVCACHE_SPACE"] ?? "1",
      },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (piece: Buffer) => (log = (log + piece.toString()).slice(-20_000)));
    }
    const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
    let isRunning = true;
    void ended.then(() => (isRunning = false));
    try {
      const begin = Date.now();
      while (!(await isReady())) {
        if (!isRunning || Date.now() - begin > READY_MS)
          throw new Error(`vllm did not start\n${log}`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      work();
    } finally {
      // Its engine is a process of its own: the whole group ends.
      if (isRunning && server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
      await ended;
    }
  }
}

function relativeError(got: number, wanted: number): number {
  return Math.abs(got - wanted) / Math.max(1, Math.abs(wanted));
}

async function isReady(): Promise<boolean> {
  return await fetch(`${URL_OF_SERVER}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

function linesOf<T>(file: string): T[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as T);
}

function callCli(args: readonly string[]): { stderr: string } {
  const script = path.join(repository, "tools/run.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "cli", ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`vl-reward ${args.join(" ")}: exit code ${status}\n${stderr}`);
  return { stderr };
}
