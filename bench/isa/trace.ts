/**
 * Bank conflicts of workgroup memory, computed from the addresses that a kernel really uses: its
 * WGSL is rewritten so that each access writes its address down, and one workgroup of it is run on
 * whatever device there is (SwiftShader will do).
 *
 * The model: 32 banks of four bytes. Lanes of a subgroup of 32 access together; of vec4s eight
 * lanes
 * at a time, of vec2s sixteen, because 128 bytes is what the banks give. Lanes that want the same
 * word share it. An access without conflicts takes one cycle for each group of lanes.
 */
import type { Device } from "../../src/gpu/device.ts";
import { readBack } from "../../src/gpu/read-back.ts";
import { COPY_DST, COPY_SRC, STORAGE, UNIFORM } from "../../src/gpu/usage.ts";
import type { Job } from "./jobs.ts";
import { constantOf } from "./wgsl.ts";

export interface Banks {
  /** Cycles of an access over those without conflicts: the mean of all, and the worst. */
  readonly loads: { readonly mean: number; readonly worst: number };
  readonly stores: { readonly mean: number; readonly worst: number };
  /** Bytes of workgroup memory of a workgroup. */
  readonly bytes: number;
}

/** One place in the source that accesses workgroup memory. */
export interface Site {
  readonly isStore: boolean;
  /** Words of four bytes. */
  readonly words: number;
}

/** Accesses that are written down for each invocation: some tiles of any kernel. */
const MOST = 4096;
const BANKS = 32;
const LANES = 32;

/** Returns the words of a WGSL type, and of its elements, down to the numbers of a vector. */
function wordsOf(type: string, job: Pick<Job, "step">): number[] {
  const { source } = job.step.kernel;
  const { constants } = job.step;
  const text = type.trim();
  const array = /^array<(.*)>$/s.exec(text)?.[1];
  if (array !== undefined) {
    const comma = firstComma(array);
    const inner = wordsOf(array.slice(0, comma), job);
    const count = constantOf(source, constants, array.slice(comma + 1)) ?? Number.NaN;
    return [(inner[0] ?? Number.NaN) * count, ...inner];
  }
  const plain: Record<string, number> = { f32: 1, u32: 1, i32: 1, f16: 0.5 };
  const vector = /^vec([234])<(\w+)>$/.exec(text) ?? /^vec([234])([fuih])$/.exec(text);
  if (vector) {
    const scalar = { f: "f32", u: "u32", i: "i32", h: "f16" }[vector[2] ?? ""] ?? vector[2] ?? "";
    const lanes = Number(vector[1]) === 3 ? 4 : Number(vector[1]);
    const own = plain[scalar] ?? Number.NaN;
    return [lanes * own, own];
  }
  const alias = new RegExp(`\\balias\\s+${text}\\s*=([^;]+);`).exec(source)?.[1];
  if (alias !== undefined) return wordsOf(alias, job);
  return [plain[text] ?? Number.NaN];
}

/** Returns where the first comma outside all brackets is. */
function firstComma(text: string): number {
  let depth = 0;
  for (const [i, letter] of Array.from(text).entries()) {
    if ("<(".includes(letter)) depth++;
    if (">)".includes(letter)) depth--;
    if (letter === "," && depth === 0) return i;
  }
  throw new Error(`array<${text}>: the length was not found`);
}

interface Variable {
  readonly name: string;
  /** Of the whole, of an element, of an element's element, …, of a number of a vector. */
  readonly words: readonly number[];
  /** Indices of an element: one more is of a number of a vector. */
  readonly depth: number;
}

/** Returns the arrays in workgroup memory. */
function variablesOf(job: Pick<Job, "step">): Variable[] {
  const declared = job.step.kernel.source.matchAll(/var<workgroup>\s+(\w+)\s*:\s*([^;]+);/g);
  return [...declared].map(([, name = "", type = ""]) => {
    const words = wordsOf(type, job);
    if (!words.every(Number.isFinite))
      throw new Error(`${name}: the size of ${type} was not found`);
    return { name, words, depth: type.split("array<").length - 1 };
  });
}

/** Returns where the bracket that opens at `open` closes. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "[") depth++;
    if (text[i] === "]" && --depth === 0) return i;
  }
  throw new Error("a bracket is not closed");
}

/** Returns the source with every access to workgroup memory traced, and its sites. */
export function instrument(job: Pick<Job, "step" | "invocations">): {
  code: string;
  sites: Site[];
} {
  const { kernel } = job.step;
  const sites: Site[] = [];
  const variables = new Map(variablesOf(job).map((one) => [one.name, one]));
  const names = [...variables.keys()].join("|") || "\\b\\B";
  const rewrite = (text: string): string => {
    let out = "";
    let from = 0;
    const use = new RegExp(`(?<![\\w.>]\\s?)(?:${names})\\b(?!\\s*:)`, "g");
    for (let found = use.exec(text); found !== null; found = use.exec(text)) {
      const variable = variables.get(found[0])!;
      let end = found.index + found[0].length;
      if (text[end] !== "[") throw new Error(`${found[0]}: used as a whole, which is not traced`);
      const indices: string[] = [];
      while (text[end] === "[") {
        const close = closing(text, end);
        indices.push(text.slice(end + 1, close));
        end = close + 1;
      }
      const { words, depth: elements } = variable;
      if (indices.length < elements || indices.length >= words.length) {
        throw new Error(`${found[0]}: a part of an element is not traced`);
      }
      const part = /^\.([xyzw])\b/.exec(text.slice(end))?.[1];
      const rest = text.slice(end).replace(/^\.[xyzw]+\b/, "");
      const isStore = /^\s*=(?!=)/.test(rest);
      const site = sites.length;
      const size = part === undefined ? (words[indices.length] ?? 0) : 1;
      sites.push({ isStore, words: size });
      const offset = part === undefined ? 0 : "xyzw".indexOf(part);
      out += text.slice(from, found.index) + found[0];
      for (const [depth, index] of indices.entries()) {
        // Addresses in halves of a word, so that f16 has whole ones.
        const step = 2 * (words[depth + 1] ?? 0);
        const isLast = depth === indices.length - 1;
        const call = isLast ? "trace_end" : "trace_part";
        const more = isLast ? `, ${2 * offset}u` : "";
        out += `[${call}(${site}u, ${rewrite(index)}, ${step}u${more})]`;
      }
      from = end;
      use.lastIndex = end;
    }
    return out + text.slice(from);
  };
  const entry = kernel.name.replaceAll("-", "_");
  const body = kernel.source
    // Widths do not change addresses, and a software device has but one.
    .replaceAll("enable subgroup_size_control;", "")
    .replaceAll(/@subgroup_size\([^)]*\)/g, "")
    .split(/(var<workgroup>[^;]*;|\/\/[^\n]*)/)
    .map((piece) => (/^(var<workgroup>|\/\/)/.test(piece) ? piece : rewrite(piece)))
    .join("");
  const head = new RegExp(`(fn ${entry}\\()([^{]*)(\\)\\s*\\{)`).exec(body);
  if (!head) throw new Error(`${entry}: the entry point was not found`);
  const [all, begin = "", parameters = "", open = ""] = head;
  const named = /@builtin\(local_invocation_index\)\s*(\w+)/.exec(parameters)?.[1];
  const comma = /,\s*$/.test(parameters) ? "" : ",";
  const own = named
    ? parameters
    : `${parameters}${comma} @builtin(local_invocation_index) trace_own: u32`;
  const code = body.replace(all, `${begin}${own}${open}\n  trace_local = ${named ?? "trace_own"};`);
  return {
    sites,
    code: `${code}
@group(2) @binding(0) var<storage, read_write> trace_out: array<vec2<u32>>;
var<private> trace_local: u32;
var<private> trace_count: u32;
var<private> trace_sum: array<u32, ${Math.max(1, sites.length)}>;
fn trace_part(site: u32, index: u32, step: u32) -> u32 {
  trace_sum[site] += index * step;
  return index;
}
fn trace_end(site: u32, index: u32, step: u32, offset: u32) -> u32 {
  if (trace_count < ${MOST}u) {
    let at = trace_local * ${MOST}u + trace_count;
    trace_out[at] = vec2(site + 1u, trace_sum[site] + index * step + offset);
  }
  trace_count++;
  trace_sum[site] = 0u;
  return index;
}
`,
  };
}

/** Runs one workgroup of the kernel and returns what it does to the banks. */
export async function traceBanks(device: Device, job: Job): Promise<Banks> {
  const { kernel, params, constants, bindings = [] } = job.step;
  const { code, sites } = instrument(job);
  const { gpu } = device;
  const bytes = variablesOf(job).reduce((sum, { words }) => sum + 4 * (words[0] ?? 0), 0);
  const out = device.buffer("trace", job.invocations * MOST * 8, STORAGE | COPY_SRC);
  const uniform = device.buffer("params", 256, UNIFORM | COPY_DST);
  const data = new DataView(new ArrayBuffer(256));
  for (const [i, { name, type }] of kernel.params.entries()) {
    if (type === "u32") data.setUint32(4 * i, params[name] ?? 0, true);
    else data.setFloat32(4 * i, params[name] ?? 0, true);
  }
  gpu.queue.writeBuffer(uniform, 0, data.buffer);
  const buffers = bindings.map(({ byteLength }, i) => {
    const buffer = device.buffer(kernel.bindings[i]?.name ?? "", byteLength, STORAGE | COPY_DST);
    const values = job.values[i];
    if (values) gpu.queue.writeBuffer(buffer, 0, values as Uint32Array<ArrayBuffer>);
    return buffer;
  });
  try {
    gpu.pushErrorScope("validation");
    const COMPUTE = 4;
    const entry = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: COMPUTE,
      buffer: { type },
    });
    const layouts = [
      gpu.createBindGroupLayout({
        entries: kernel.bindings.map(({ access }, i) =>
          entry(i, access === "read" ? "read-only-storage" : "storage"),
        ),
      }),
      gpu.createBindGroupLayout({ entries: [entry(0, "uniform")] }),
      gpu.createBindGroupLayout({ entries: [entry(0, "storage")] }),
    ];
    const pipeline = gpu.createComputePipeline({
      layout: gpu.createPipelineLayout({ bindGroupLayouts: layouts }),
      compute: { module: gpu.createShaderModule({ code }), constants },
    });
    const groups = [buffers, [uniform], [out]].map((own, i) =>
      gpu.createBindGroup({
        layout: layouts[i]!,
        entries: own.map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    );
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    for (const [i, group] of groups.entries()) pass.setBindGroup(i, group);
    pass.dispatchWorkgroups(1, 1, 1);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    const fault = await gpu.popErrorScope();
    if (fault) throw new Error(`${job.id}: ${fault.message}`);
    const [read] = await readBack(device, [{ buffer: out, byteLength: out.size }]);
    const words = new Uint32Array(read!);
    return { ...countConflicts(words, sites, job.invocations), bytes };
  } finally {
    for (const buffer of [...buffers, uniform, out]) device.release(buffer);
  }
}

/** Counts cycles of traced accesses: [invocations, MOST] pairs of site + 1 and half words. */
export function countConflicts(
  words: Uint32Array,
  sites: readonly Site[],
  invocations: number,
  most: number = MOST,
): Pick<Banks, "loads" | "stores"> {
  // Lanes access together at the same turn of the same place.
  const together = new Map<string, number[][]>();
  for (let local = 0; local < invocations; local++) {
    const turns = new Map<number, number>();
    for (let i = 0; i < most; i++) {
      const at = 2 * (local * most + i);
      const site = words[at];
      if (site === undefined || site === 0) break;
      const turn = turns.get(site) ?? 0;
      turns.set(site, turn + 1);
      const key = `${Math.floor(local / LANES)} ${site} ${turn}`;
      const lanes = together.get(key) ?? [];
      together.set(key, lanes);
      lanes.push([local % LANES, (words[at + 1] ?? 0) / 2]);
    }
  }
  const sum = { loads: [0, 0, 1], stores: [0, 0, 1] };
  for (const [key, lanes] of together) {
    const site = sites[Number(key.split(" ")[1]) - 1];
    if (!site) continue;
    const own = site.isStore ? sum.stores : sum.loads;
    const [cycles, least] = cyclesOf(lanes, site.words);
    own[0]! += cycles;
    own[1]! += least;
    own[2] = Math.max(own[2]!, cycles / least);
  }
  const result = ([cycles = 0, least = 0, worst = 1]: readonly number[]) => ({
    mean: least === 0 ? 1 : cycles / least,
    worst,
  });
  return { loads: result(sum.loads), stores: result(sum.stores) };
}

/** Returns the cycles of one access by a subgroup, and the least that it could take. */
function cyclesOf(lanes: readonly number[][], words: number): [number, number] {
  const together = Math.max(1, Math.min(LANES, Math.floor(BANKS / Math.max(1, words))));
  let [cycles, least] = [0, 0];
  for (let first = 0; first < LANES; first += together) {
    const own = lanes.filter(([lane = 0]) => lane >= first && lane < first + together);
    if (own.length === 0) continue;
    const perBank = new Map<number, Set<number>>();
    for (const [, address = 0] of own) {
      for (let word = Math.floor(address); word < address + words; word++) {
        const bank = perBank.get(word % BANKS) ?? new Set();
        perBank.set(word % BANKS, bank.add(word));
      }
    }
    cycles += Math.max(...[...perBank.values()].map(({ size }) => size));
    least++;
  }
  return [cycles, least];
}
