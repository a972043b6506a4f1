/**
 * Runs on a foreign C library, as a process of its own: `child.mjs WEBGPU JOBS FEATURES ID`
 * compiles one job
 * by Dawn, on whatever driver Vulkan's loader finds, and the driver prints what it made. Imports
 * nothing of the project, because `compile.ts` strips its types once and runs it for every job.
 */
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import type { CompileJob } from "./compile.ts";

const [webgpu = "", file = "", featureList = "", id = ""] = process.argv.slice(2);
const { create, globals } = createRequire(import.meta.url)(webgpu) as typeof import("webgpu");
Object.assign(globalThis, globals);

const RAISED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

const COMPUTE = 4;

// Kept for the life of the process: Dawn aborts when any of them is collected.
const kept: unknown[] = [];

function say(text: string): void {
  writeSync(2, `\n@@@ ${text}\n`);
}

async function main(): Promise<void> {
  const gpu = create(["backend=vulkan", "enable-dawn-features=allow_unsafe_apis"]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  kept.push(gpu, adapter);
  if (!adapter) {
    say("FAILED no adapter");
    return;
  }
  if (id === "adapter") {
    const { vendor, architecture, description, device } = adapter.info;
    const { subgroupMinSize, subgroupMaxSize } = adapter.info;
    const { subgroupMatrixConfigs = [] } = adapter.info as unknown as {
      subgroupMatrixConfigs?: Record<string, unknown>[];
    };
    const matrices = subgroupMatrixConfigs.filter(
      (one) => one["componentType"] === "f16" && one["resultComponentType"] === "f32",
    );
    say(
      `ADAPTER ${JSON.stringify({
        vendor,
        architecture,
        device,
        description,
        subgroupMinSize,
        subgroupMaxSize,
        features: [...adapter.features],
        matrices: matrices.map(({ M, N, K }) => [M, N, K]),
        limits: Object.fromEntries(RAISED.map((limit) => [limit, adapter.limits[limit]])),
      })}`,
    );
    return;
  }
  const jobs = JSON.parse(readFileSync(file, "utf8")) as CompileJob[];
  const job = jobs.find((one) => one.id === id);
  if (!job) throw new Error(`no job ${id} in ${file}`);
  // As a browser's device has them, whether the job needs them or not: they change what Dawn asks
  // of
  // the driver.
  const features = featureList.split(",").filter((name) => adapter.features.has(name));
  const lacking = job.features.filter((name) => !features.includes(name));
  if (lacking.length > 0) {
    say(`FAILED lacks ${lacking.join(", ")}`);
    return;
  }
  const device = await adapter.requestDevice({
    requiredFeatures: features as GPUFeatureName[],
    requiredLimits: Object.fromEntries(RAISED.map((limit) => [limit, adapter.limits[limit]])),
  });
  kept.push(device);
  device.pushErrorScope("internal");
  device.pushErrorScope("validation");
  // Bindings as the project's pipelines have them.
  const storage = job.access.map((access, binding): GPUBindGroupLayoutEntry => {
    const type = access === "read" ? "read-only-storage" : "storage";
    return { binding, visibility: COMPUTE, buffer: { type } };
  });
  const uniform = { type: "uniform", hasDynamicOffset: true } as const;
  const layout = device.createPipelineLayout({
    bindGroupLayouts: [
      device.createBindGroupLayout({ entries: storage }),
      device.createBindGroupLayout({
        entries: [{ binding: 0, visibility: COMPUTE, buffer: uniform }],
      }),
    ],
  });
  const module = device.createShaderModule({ code: job.source });
  say(`BEGIN ${id}`);
  const { entryPoint, constants } = job;
  kept.push(device.createComputePipeline({ layout, compute: { module, entryPoint, constants } }));
  const validation = await device.popErrorScope();
  const internal = await device.popErrorScope();
  say("END");
  const fault = validation ?? internal;
  if (fault) say(`FAILED ${fault.message.split("\n")[0]}`);
}

await main();
process.exit(0);
