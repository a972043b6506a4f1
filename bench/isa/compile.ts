/**
 * Has a GPU's driver compile jobs, one process each, and keeps what it printed: a job is compiled
 * again only if its source, its constants, the driver or the GPU changed.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { transformWithOxc } from "vite";
import { filesOf } from "./gpus.ts";
import type { Gpu } from "./gpus.ts";
import type { Job } from "./jobs.ts";

/** What the child reads of a job. */
export interface CompileJob {
  readonly id: string;
  readonly source: string;
  readonly entryPoint: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly access: readonly ("read" | "write")[];
  readonly features: readonly string[];
}

/** What Dawn shows of the GPU that a shim pretends to be. */
export interface ShownAdapter {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  readonly features: readonly string[];
  /** [M, N, K] of the matrix units that multiply f16 and add up in f32. */
  readonly matrices: readonly (readonly number[])[];
  readonly limits: Readonly<Record<string, number>>;
}

/** The features of the project's device, if the adapter has them. */
const FEATURES = [
  "subgroups",
  "shader-f16",
  "subgroup-size-control",
  "chromium-experimental-subgroup-matrix",
];

const TIMEOUT_MS = 600_000;
const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

export class Compiler {
  /** The folder of what was printed before. */
  readonly cache: string;
  /** The version of Dawn for Node. */
  readonly dawn: string;
  readonly #folder: string;
  readonly #child: string;
  /** What changes the code besides the job: Dawn, the driver, the child itself. */
  readonly #versions: string;

  private constructor(folder: string, child: string, dawn: string, code: string) {
    this.#folder = folder;
    this.#child = child;
    this.dawn = dawn;
    this.#versions = `${dawn} ${code}`;
    this.cache = path.join(folder, "cache");
    mkdirSync(this.cache, { recursive: true });
  }

  /** Prepares the folder that setup.sh has made. */
  static async open(folder: string): Promise<Compiler> {
    const source = path.join(repository, "bench/isa/child.ts");
    const text = readFileSync(source, "utf8");
    const { code } = await transformWithOxc(text, source);
    const child = path.join(folder, "child.mjs");
    writeFileSync(child, code);
    const dawn = readFileSync(path.join(repository, "node_modules/webgpu/package.json"), "utf8");
    const { version } = JSON.parse(dawn) as { version: string };
    return new Compiler(folder, child, version, code);
  }

  /** Returns what is missing to compile for a GPU, or undefined. */
  lacks(gpu: Gpu): string | undefined {
    return Object.values(filesOf(this.#folder, gpu)).find((file) => !existsSync(file));
  }

  /** Returns the adapter as a browser would see it, without what it is said to lack. */
  async adapter(gpu: Gpu): Promise<ShownAdapter> {
    const text = await this.#run(gpu, "-", "adapter");
    const found = /^@@@ ADAPTER (.*)$/m.exec(text)?.[1];
    if (found === undefined) {
      throw new Error(
        `${gpu.name}: the driver shows no adapter: ${failureOf(text) ?? text.slice(-300)}`,
      );
    }
    const shown = JSON.parse(found) as ShownAdapter;
    return { ...shown, features: shown.features.filter((name) => !gpu.without.includes(name)) };
  }

  /** Returns what the driver printed while it compiled, from the cache if it is there. */
  async compile(gpu: Gpu, job: Job): Promise<{ text: string; isCached: boolean }> {
    const { kernel, constants } = job.step;
    const own: CompileJob = {
      id: job.id,
      source: kernel.source,
      entryPoint: kernel.name.replaceAll("-", "_"),
      constants,
      access: kernel.bindings.map(({ access }) => access),
      features: kernel.features,
    };
    const { driver, env, without } = gpu;
    const { lib } = filesOf(this.#folder, gpu);
    const { size, mtimeMs } = statSync(path.join(lib, `libvulkan_${driver}.so`));
    const { id, ...work } = own;
    const about = [work, driver, size, mtimeMs, env, without, this.#versions];
    const hash = createHash("sha256").update(JSON.stringify(about)).digest("hex").slice(0, 32);
    const kept = path.join(this.cache, `${hash}.gz`);
    if (existsSync(kept)) {
      return { text: gunzipSync(readFileSync(kept)).toString("latin1"), isCached: true };
    }
    const file = path.join(this.cache, `${hash}.json`);
    writeFileSync(file, JSON.stringify([own]));
    const all = await this.#run(gpu, file, id);
    const text = all.slice(Math.max(0, all.indexOf("@@@ BEGIN")));
    // Ended by a signal or by time: another run may succeed.
    if (!text.includes("@@@ FAILED ended")) {
      writeFileSync(kept, gzipSync(Buffer.from(text, "latin1")));
    }
    return { text, isCached: false };
  }

  async #run(gpu: Gpu, file: string, id: string): Promise<string> {
    const { lib, icd, shim } = filesOf(this.#folder, gpu);
    const features = FEATURES.filter((name) => !gpu.without.includes(name)).join();
    const node = realpathSync(process.execPath);
    const webgpu = path.join(repository, "node_modules/webgpu");
    const loader = path.join(lib, "ld-linux-x86-64.so.2");
    const own = ["--library-path", lib, "--preload", shim, node];
    const child = spawn(loader, [...own, this.#child, webgpu, file, features, id], {
      env: {
        ...process.env,
        XDG_RUNTIME_DIR: "/tmp",
        MESA_SHADER_CACHE_DISABLE: "true",
        VK_ICD_FILENAMES: icd,
        VK_DRIVER_FILES: icd,
        ...gpu.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MS,
    });
    const [out, errors]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => errors.push(bytes));
    const end = await new Promise<string>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status, signal) => {
        const how = signal ?? (status === 0 ? undefined : `status ${status}`);
        resolve(how === undefined ? "" : `\n@@@ FAILED ended by ${how}`);
      });
    });
    return Buffer.concat([...errors, ...out]).toString("latin1") + end;
  }
}

/** Returns why a job was not compiled, or undefined. */
export function failureOf(text: string): string | undefined {
  return /^@@@ FAILED (.*)$/m.exec(text)?.[1];
}
