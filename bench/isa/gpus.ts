/**
 * The GPUs that Mesa's drivers compile for without having them: which driver, which DRM shim that
 * pretends to be the GPU, and the variables that choose the GPU and make the driver print its code.
 */
import path from "node:path";

/** Which of the parsers reads what a driver prints. */
export type Compiler = "aco" | "nak" | "brw" | "agx" | "ir3";

export interface Gpu {
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** The adapter's name in a browser: profiles are chosen by its words. */
  readonly seen: string;
  readonly compiler: Compiler;
  /** `libvulkan_DRIVER.so`. */
  readonly driver: string;
  /** `libSHIM_noop_drm_shim.so`. */
  readonly shim: string;
  readonly env: Readonly<Record<string, string>>;
  /** Features that a browser on this GPU may lack: it is compiled for as if they were not there. */
  readonly without: readonly string[];
  /** Whether the compiler is the one that browsers use on it, on Linux at least. */
  readonly isStandIn: boolean;
}

type Rest = Pick<Gpu, "compiler" | "driver" | "shim" | "isStandIn">;

const ACO: Rest = { compiler: "aco", driver: "radeon", shim: "amdgpu", isStandIn: false };
const NAK: Rest = { compiler: "nak", driver: "nouveau", shim: "nouveau", isStandIn: true };
const BRW: Rest = { compiler: "brw", driver: "intel", shim: "intel", isStandIn: false };
const AGX: Rest = { compiler: "agx", driver: "asahi", shim: "asahi", isStandIn: true };
const IR3: Rest = { compiler: "ir3", driver: "freedreno", shim: "freedreno", isStandIn: true };

const gpu = (
  name: string,
  title: string,
  seen: string,
  rest: Rest,
  env: Record<string, string>,
  without: readonly string[] = [],
): Gpu => ({ name, title, seen, ...rest, env, without });

const amd = (id: string) => ({ AMDGPU_GPU_ID: id, RADV_DEBUG: "shaders,shaderstats" });
const nvidia = (chip: string) => ({ NOUVEAU_CHIPSET: chip, NAK_DEBUG: "print" });
const intel = (platform: string) => ({ INTEL_STUB_GPU_PLATFORM: platform, INTEL_DEBUG: "cs" });
const adreno = (id: string) => ({ FD_GPU_ID: id, IR3_SHADER_DEBUG: "disasm,cs" });

/** What an Intel GPU is without: the widest subgroups then halve the registers. */
const WIDTH = ["subgroup-size-control"];

/** In the order of the tables. */
export const gpus: readonly Gpu[] = [
  gpu("rdna4", "AMD RDNA4 (gfx1201)", "amd rdna-4", ACO, amd("gfx1201")),
  gpu("rdna3", "AMD RDNA3 (Navi 31)", "amd rdna-3", ACO, amd("navi31")),
  gpu("rdna2", "AMD RDNA2 (Navi 21)", "amd rdna-2", ACO, amd("navi21")),
  gpu("ampere", "NVIDIA Ampere (GA102)", "nvidia ampere", NAK, nvidia("172")),
  gpu("turing", "NVIDIA Turing (TU104)", "nvidia turing", NAK, nvidia("164")),
  gpu("arc", "Intel Arc A770", "intel gen-12hp", BRW, intel("dg2")),
  gpu("arc-without", "Arc A770, no width named", "intel gen-12hp", BRW, intel("dg2"), WIDTH),
  gpu("xe2", "Intel Xe2 (Battlemage)", "intel xe-2hpg", BRW, intel("bmg")),
  gpu("xe2-without", "Xe2, no width named", "intel xe-2hpg", BRW, intel("bmg"), WIDTH),
  gpu("tigerlake", "Intel Tiger Lake", "intel gen-12lp", BRW, intel("tgl")),
  gpu("apple-m1", "Apple M1", "apple metal-3", AGX, { AGX_MESA_DEBUG: "shaders,shaderdb" }),
  gpu("adreno7", "Adreno 740", "qualcomm adreno-7xx", IR3, adreno("740")),
  gpu("adreno6", "Adreno 660", "qualcomm adreno-6xx", IR3, adreno("660")),
];

/** Where setup.sh has put what a GPU needs. */
export function filesOf(
  folder: string,
  { driver, shim }: Gpu,
): Record<"lib" | "icd" | "shim", string> {
  const lib = path.join(folder, "mesa/usr/lib/x86_64-linux-gnu");
  const name = `lib${shim}_noop_drm_shim.so`;
  return {
    lib,
    icd: path.join(folder, `icd-${driver}.json`),
    // Debian has no shim of Intel's: setup.sh builds it.
    shim: path.join(shim === "intel" ? folder : lib, name),
  };
}
