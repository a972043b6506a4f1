// Tested by: test/cli/chrome/chrome.test.ts
/**
 * Returns the flags that give headless Chrome a WebGPU adapter on this machine.
 *
 * That is a GPU if one is likely, else a Vulkan driver that the environment names (Mesa's lavapipe,
 * say), else SwiftShader, Chrome's own software adapter. If Chrome finds no GPU it uses SwiftShader
 * by itself. The page reports which adapter it got, and that is shown.
 */

import { thisMachine, type Machine } from "./chrome.ts";

/** What `--adapter` takes. */
export const adapterChoices = ["auto", "hardware", "driver", "swiftshader"] as const;
export type AdapterChoice = (typeof adapterChoices)[number];

/** The chosen flags, and the reason, for the log. */
export interface AdapterFlags {
  readonly kind: Exclude<AdapterChoice, "auto">;
  readonly why: string;
  readonly flags: readonly string[];
}

const softwareFlags = [
  "--use-webgpu-adapter=swiftshader",
  // SwiftShader unrolls the OpConstantNull by which Dawn clears workgroup memory: seconds of
  // compile time a kernel. Without the extension Tint writes a loop, which is as safe.
  "--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension",
];

/** Returns the flags for the chosen adapter. */
export function adapterFlags(choice: AdapterChoice, machine: Machine = thisMachine): AdapterFlags {
  const { kind, why } =
    choice === "auto" ? likely(machine) : { kind: choice, why: `--adapter ${choice}` };
  // An adapter is null in headless Chrome without it.
  const flags = ["--enable-unsafe-webgpu"];
  if (kind === "swiftshader") flags.push(...softwareFlags);
  if (kind === "hardware" && machine.platform === "linux") {
    flags.push("--ignore-gpu-blocklist", "--enable-features=Vulkan", "--use-angle=vulkan");
  }
  return { kind, why, flags };
}

function likely(machine: Machine): Omit<AdapterFlags, "flags"> {
  if (machine.platform !== "linux") return { kind: "hardware", why: "desktop system" };
  for (const name of ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"]) {
    const driver = machine.env[name] ?? "";
    const why = `${name}=${driver}`;
    if (/swiftshader/i.test(driver)) return { kind: "swiftshader", why };
    if (driver !== "") return { kind: "driver", why };
  }
  const card = [...machine.list("/dev/dri"), ...machine.list("/dev")].find((name) =>
    /^(renderD|nvidia)\d+$/.test(name),
  );
  return card === undefined
    ? { kind: "swiftshader", why: "no GPU on this machine" }
    : { kind: "hardware", why: `GPU at ${card}` };
}
