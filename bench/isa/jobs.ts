/**
 * What is compiled: every kernel as its own twin records it, with the constants of every tuning,
 * for
 * every form of weights and every size of a head that a profile may meet.
 */
import { attention, attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import { embed } from "../../src/kernels/embed.ts";
import { gatherRows } from "../../src/kernels/gather-rows.ts";
import { gelu } from "../../src/kernels/gelu.ts";
import type { Form, Step, Weight } from "../../src/kernels/kernel.ts";
import { linear } from "../../src/kernels/matmul.ts";
import { patchify } from "../../src/kernels/patchify.ts";
import { chooseProfile, lacks, profiles } from "../../src/kernels/profile.ts";
import type { Profile, ProfileDevice } from "../../src/kernels/profile.ts";
import { packStep } from "../../src/kernels/repack.ts";
import { rmsNorm } from "../../src/kernels/rms-norm.ts";
import { rope } from "../../src/kernels/rope.ts";
import { attentionTunings, matmulTunings } from "../../src/kernels/tunings.ts";
import type { AttentionTuning, MatmulTuning } from "../../src/kernels/tunings.ts";
import { addRows, wholeRows } from "../../src/kernels/tower/add-rows.ts";
import { geluTanh } from "../../src/kernels/tower/gelu-sigmoid.ts";
import { layerNorm } from "../../src/kernels/tower/layer-norm.ts";
import { valueHead } from "../../src/kernels/value-head.ts";
import { isQuantised } from "../../src/kernels/weight-forms.ts";
import { Plan } from "../../src/pass/plan.ts";
import { constantOf, workgroupSize } from "./wgsl.ts";

/** What one invocation multiplies between two reads of the next tile. */
export interface Turn {
  /** Multiply-adds that a result needs: what pads a tile with zeros is not among them. */
  readonly useful: number;
  /** Of matmul one: a tile's depth. Of attention two: the scores of a tile, and its values. */
  readonly phases: readonly Phase[];
  /** Of attention: vec4s that an invocation stages together, and the keys of a tile. Else 0. */
  readonly stage: number;
  readonly keys: number;
}

interface Phase {
  /** Multiply-adds, padding included. */
  readonly total: number;
  /** In how many pieces it is staged. */
  readonly parts: number;
  /** Turns of the loop around the innermost in a piece, if there is one. */
  readonly within: number;
}

export interface Job {
  readonly id: string;
  /** The kernel's family: `matmul`, `attention`, or `small`. */
  readonly kind: "matmul" | "attention" | "small";
  readonly tuning: string | undefined;
  /** Of matmul. */
  readonly form: Form | undefined;
  /** The size of a head, of attention. */
  readonly dim: number | undefined;
  readonly step: Pick<Step, "kernel" | "constants" | "params" | "grid"> &
    Partial<Pick<Step, "bindings">>;
  /** Invocations of a workgroup. */
  readonly invocations: number;
  readonly turn: Turn | undefined;
  /** What a binding holds, if addresses depend on it. */
  readonly values: readonly (Uint32Array | undefined)[];
}

/** Rows, depth and columns of products: whole tiles of any tuning. */
const ROWS = 512;
const DEPTH = 2048;
const COLUMNS = 2048;

export const FORMS: readonly Form[] = ["f32", "bf16", "f16", "q8", "q4"];
/** Of decoders (128, 64, 96) and vision towers (80, 72). */
export const HEAD_DIMS: readonly number[] = [128, 80, 64, 72, 96];
/** Of rivals only these are compiled, unless all are asked for. */
const TYPICAL_FORMS: readonly Form[] = ["bf16", "q4"];
const TYPICAL_DIMS: readonly number[] = [128, 80];

const HEADS = { queries: 16, keys: 4 };
const base = profiles.get("shared")!;

export function matmulJob(tuning: MatmulTuning, form: Form): Job {
  const profile: Profile = { ...base, matmul: tuning, matmulQuantised: tuning };
  const plan = new Plan(profile);
  linear(plan, "l", plan.tensor("x", ROWS, DEPTH), weightOf(form, COLUMNS, DEPTH));
  const step = plan.steps[0]!;
  const { source } = step.kernel;
  const invocations = invocationsOf(step);
  const [down, across] = step.grid;
  const products = (ROWS * COLUMNS) / (down * across) / invocations;
  const staged = constantOf(source, step.constants, "STAGED");
  const turn = staged === undefined ? undefined : matmulTurn(staged * products);
  return {
    id: `matmul-${tuning}-${form}`,
    kind: "matmul",
    tuning,
    form,
    dim: undefined,
    step,
    invocations,
    turn,
    values: [],
  };
}

export function attentionJob(tuning: AttentionTuning, dim: number): Job {
  const plan = new Plan({ ...base, attention: tuning });
  const { queries, keys } = HEADS;
  const table = attentionTiles([{ begin: 0, end: ROWS }], true, tuning);
  const tiles = { table: plan.input("tiles", table), pairs: attentionPairs(table) };
  const qkv = plan.tensor("qkv", ROWS, (queries + 2 * keys) * dim);
  attention(plan, "a", qkv, { queries, keys, dim }, tiles);
  const step = plan.steps[0]!;
  const invocations = invocationsOf(step);
  const turn = attentionTurn(step, attentionTunings[tuning].queries, dim, invocations);
  return {
    id: `attention-${tuning}-${dim}`,
    kind: "attention",
    tuning,
    form: undefined,
    dim,
    step,
    invocations,
    turn,
    values: step.bindings.map((binding) => (binding === tiles.table ? table : undefined)),
  };
}

function matmulTurn(total: number): Turn {
  return { useful: total, phases: [{ total, parts: 1, within: 1 }], stage: 0, keys: 0 };
}

/** Returns the turn of attention in workgroup memory; others have no tile of keys. */
function attentionTurn(
  { kernel, constants }: Job["step"],
  queries: number,
  dim: number,
  invocations: number,
): Turn | undefined {
  const value = (name: string): number | undefined => constantOf(kernel.source, constants, name);
  const [keys, lanes] = [value("KEYS"), value("LANES")];
  if (keys === undefined || lanes === undefined || kernel.name !== "attention") return undefined;
  const pairs = (queries * keys) / invocations;
  const names = ["DEPTH4", "DEPTHS", "OWN", "VALUES", "TOGETHER"] as const;
  const [depth4 = dim / 4, depths = 1, own = dim / 4 / lanes, values = keys, together = values] =
    names.map(value);
  return {
    useful: 2 * pairs * dim,
    phases: [
      // Numbers of a head in quarters: see the kernel.
      { total: pairs * 4 * depth4 * depths, parts: depths, within: 4 },
      { total: pairs * 4 * lanes * own, parts: keys / values, within: values / together },
    ],
    stage: Math.ceil((keys * dim) / 4 / invocations),
    keys,
  };
}

/** The kernels that no tuning changes, as the 7B calls them. */
export function smallJobs(): Job[] {
  const plan = new Plan(base);
  const x = plan.tensor("x", ROWS, DEPTH);
  const vector = weightOf("f32", 1, DEPTH);
  const rotary = {
    angles: plan.tensor("angles", 1, 64),
    channels: plan.tensor("channels", 1, 64),
    positions: plan.tensor("positions", ROWS, 3),
    axes: 3,
    frequencies: 64,
  };
  const heads = { ...HEADS, dim: 128 };
  const qkv = plan.tensor("qkv", ROWS, (HEADS.queries + 2 * HEADS.keys) * 128);
  rmsNorm(plan, "rms-norm", x, vector, 1e-6);
  layerNorm(plan, "layer-norm", x, { weight: vector, bias: vector }, 1e-6);
  gelu(plan, "gelu", x);
  geluTanh(plan, "gelu-sigmoid", x);
  addRows(plan, "add-rows", x, x, wholeRows(new Int32Array(ROWS)));
  rope(plan, "rope", qkv, heads, rotary);
  rope(plan, "rope-normed", qkv, heads, rotary, { weight: weightOf("f32", 1, 256), eps: 1e-6 });
  const rows = { table: plan.tensor("table", ROWS, DEPTH), form: "bf16", hidden: DEPTH } as const;
  embed(plan, "embed-bf16", new Uint32Array(ROWS), rows, undefined);
  gatherRows(plan, "gather-rows", x, new Uint32Array(ROWS));
  valueHead(plan, "value-head", x, vector, weightOf("f32", 1, 1));
  const pixels = plan.tensor("pixels", 56, 56);
  const patches = {
    patchSize: 14,
    mergeSize: 2,
    temporalPatchSize: 2,
    scale: [1, 1, 1],
    shift: [0, 0, 0],
  } as const;
  patchify(plan, "patchify", [{ pixels, width: 56, height: 56 }], patches);
  const recorded = plan.steps.map((step) => smallJob(step.label, step));
  const packed = (["bf16", "q8", "q4"] as const).map((form) => {
    const work = {
      dtype: "bf16",
      form,
      rows: ROWS,
      columns: DEPTH,
      firstRow: 0,
      interleaved: false,
      partRows: ROWS,
      isVector: false,
      fault: 0,
    } as const;
    return smallJob(form === "bf16" ? "repack" : `quantise-${form}`, packStep(work));
  });
  return [...recorded, ...packed];
}

/** Returns the job of a name, or undefined. */
export function namedJob(id: string): Job | undefined {
  const [kind, rest] = [id.split("-")[0], id.slice(id.indexOf("-") + 1)];
  const [tuning, last] = [
    rest.slice(0, rest.lastIndexOf("-")),
    rest.slice(rest.lastIndexOf("-") + 1),
  ];
  const form = FORMS.find((one) => one === last);
  if (kind === "matmul" && form !== undefined && tuning in matmulTunings) {
    return matmulJob(tuning as MatmulTuning, form);
  }
  if (kind === "attention" && HEAD_DIMS.includes(Number(last)) && tuning in attentionTunings) {
    return attentionJob(tuning as AttentionTuning, Number(last));
  }
  return smallJobs().find((job) => job.id === id);
}

function smallJob(id: string, step: Job["step"]): Job {
  const rest = { tuning: undefined, form: undefined, dim: undefined, turn: undefined, values: [] };
  return { id, kind: "small", ...rest, step, invocations: invocationsOf(step) };
}

function invocationsOf({ kernel, constants }: Job["step"]): number {
  const size = workgroupSize(kernel.source, constants);
  if (size === undefined) throw new Error(`${kernel.name}: the workgroup's size was not found`);
  return size;
}

function weightOf(form: Form, rows: number, columns: number): Weight {
  const byteLength = rows * columns * 4;
  const part = { kind: "weight", key: "w", group: "g", firstRow: 0, rows, byteLength } as const;
  return { label: "w", group: "g", form, rows, columns, parts: [part] };
}

/** Why a job is compiled for a GPU. */
export type Role = "chosen" | "rival" | "other";

export interface GpuJob {
  readonly job: Job;
  readonly role: Role;
}

/**
 * Returns the jobs of a GPU: what its profile chooses, in every form and size, and the profile's
 * rivals. With `all` every tuning that the device can run.
 */
export function jobsOf(device: ProfileDevice, all: boolean): { profile: Profile; jobs: GpuJob[] } {
  const profile = chooseProfile(device);
  const roleOf = (tuning: string, chosen: readonly string[], rivals: readonly string[]): Role =>
    chosen.includes(tuning) ? "chosen" : rivals.includes(tuning) ? "rival" : "other";
  const jobs: GpuJob[] = [];
  const isAsked = (role: Role, isTypical: boolean): boolean =>
    all || role === "chosen" || (role === "rival" && isTypical);
  for (const tuning of Object.keys(matmulTunings) as MatmulTuning[]) {
    if (lacks(device, { ...profile, matmul: tuning }) !== undefined) continue;
    for (const form of FORMS) {
      const chosen = isQuantised(form) ? profile.matmulQuantised : profile.matmul;
      const role = roleOf(tuning, [chosen], profile.rivals.matmul);
      if (isAsked(role, TYPICAL_FORMS.includes(form))) {
        jobs.push({ job: matmulJob(tuning, form), role });
      }
    }
  }
  for (const tuning of Object.keys(attentionTunings) as AttentionTuning[]) {
    if (lacks(device, { ...profile, attention: tuning }) !== undefined) continue;
    const role = roleOf(tuning, [profile.attention], profile.rivals.attention);
    for (const dim of HEAD_DIMS) {
      if (isAsked(role, TYPICAL_DIMS.includes(dim)))
        jobs.push({ job: attentionJob(tuning, dim), role });
    }
  }
  return {
    profile,
    jobs: [...jobs, ...smallJobs().map((job): GpuJob => ({ job, role: "chosen" }))],
  };
}
