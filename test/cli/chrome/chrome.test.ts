/**
 * Which browser is found, and which adapter it is asked for, on simulated machines.
 */

import { expect, test } from "vitest";
import { adapterFlags } from "../../../cli/chrome/adapter.ts";
import {
  findChrome,
  requireChrome,
  swiftshaderIcd,
  type Machine,
} from "../../../cli/chrome/chrome.ts";
import { InputError } from "../../../src/errors.ts";

/** A machine with just these files. */
function machine(files: readonly string[], rest: Partial<Machine> = {}): Machine {
  return {
    env: {},
    platform: "linux",
    home: "/home/ann",
    isRoot: false,
    exists: (file) => files.includes(file),
    list: (folder) => {
      const below = files.filter((file) => file.startsWith(`${folder}/`));
      return [...new Set(below.map((file) => file.slice(folder.length + 1).split("/")[0] ?? ""))];
    },
    ...rest,
  };
}

test("findChrome: CHROME_PATH names one → that one, before the usual places", () => {
  const files = ["/usr/bin/chromium", "/opt/mine/chrome", "/opt/other/chrome"];
  const env = { CHROME_PATH: "/opt/mine/chrome", PUPPETEER_EXECUTABLE_PATH: "/opt/other/chrome" };
  expect(findChrome(machine(files, { env }))).toBe("/opt/mine/chrome");
  expect(findChrome(machine(files, { env: { ...env, CHROME_PATH: "" } }))).toBe(
    "/opt/other/chrome",
  );
});

test("findChrome: CHROME_PATH names nothing → an error, never another browser in silence", () => {
  const env = { CHROME_PATH: "/opt/gone" };
  const lost = machine(["/usr/bin/chromium"], { env });
  expect(() => findChrome(lost)).toThrow(InputError);
  expect(() => findChrome(lost)).toThrow(
    "CHROME_PATH: there is no such program: expected the path of Chrome or Chromium, got /opt/gone",
  );
});

test.each([
  ["linux", "/usr/bin/chromium", {}],
  ["linux", "/usr/bin/google-chrome-stable", {}],
  ["linux", "/home/ann/bin/chromium", { PATH: "/bin:/home/ann/bin" }],
  ["linux", "/snap/bin/chromium", {}],
  ["darwin", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", {}],
  ["darwin", "/home/ann/Applications/Chromium.app/Contents/MacOS/Chromium", {}],
  [
    "win32",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    { PROGRAMFILES: "C:\\Program Files" },
  ],
] as const)("findChrome: %s with %s → found", (platform, file, env) => {
  expect(findChrome(machine([file], { platform, env }))).toBe(file);
});

test("findChrome: several in puppeteer's cache → the newest, by number and not by letter", () => {
  const at = (build: string): string =>
    `/home/ann/.cache/puppeteer/chrome/linux-${build}/chrome-linux64/chrome`;
  expect(findChrome(machine([at("99.0.1"), at("131.0.2"), at("131.0.10")]))).toBe(at("131.0.10"));
});

test("findChrome: only the headless shell, which has no WebGPU → none", () => {
  const shell =
    "/home/ann/.cache/puppeteer/chrome-headless-shell/linux-131.0.1/chrome-headless-shell-linux64/" +
    "chrome-headless-shell";
  expect(findChrome(machine([shell]))).toBeUndefined();
  expect(() => requireChrome(machine([shell]))).toThrow(
    /^Chrome: none found .* set CHROME_PATH\.$/,
  );
});

test("swiftshaderIcd: beside the browser, or where its starting script's program is", () => {
  const icd = "vk_swiftshader_icd.json";
  expect(swiftshaderIcd(machine(["/usr/bin/chromium", `/usr/lib/chromium/${icd}`]))).toBe(
    `/usr/lib/chromium/${icd}`,
  );
  const env = { CHROME_PATH: "/opt/mine/chrome" };
  expect(swiftshaderIcd(machine(["/opt/mine/chrome", `/opt/mine/${icd}`], { env }))).toBe(
    `/opt/mine/${icd}`,
  );
  expect(swiftshaderIcd(machine([]))).toBeUndefined();
});

test.each([
  ["a bare server", machine([]), "swiftshader"],
  ["a GPU that the kernel shows", machine(["/dev/dri/renderD128"]), "hardware"],
  ["an NVIDIA GPU in a container", machine(["/dev/nvidia0"]), "hardware"],
  ["a display card without a render node", machine(["/dev/dri/card0"]), "swiftshader"],
  ["a Mac", machine([], { platform: "darwin" }), "hardware"],
  ["Mesa's driver named", machine([], { env: { VK_ICD_FILENAMES: "/m/lvp.json" } }), "driver"],
  [
    "SwiftShader's driver named",
    machine([], { env: { VK_ICD_FILENAMES: "/x/vk_swiftshader_icd.json" } }),
    "swiftshader",
  ],
] as const)("adapterFlags: auto on %s → as fits it", (_, on, kind) => {
  const { kind: got, flags } = adapterFlags("auto", on);
  expect(got).toBe(kind);
  expect(flags).toContain("--enable-unsafe-webgpu");
  expect(flags.includes("--use-webgpu-adapter=swiftshader")).toBe(kind === "swiftshader");
});

test("adapterFlags: a named adapter → used on any machine", () => {
  expect(adapterFlags("swiftshader", machine(["/dev/nvidia0"])).kind).toBe("swiftshader");
  expect(adapterFlags("hardware", machine([])).flags).toContain("--enable-features=Vulkan");
});
