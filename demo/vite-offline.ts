/**
 * A Vite plugin that makes the built page installable, and able to work offline: the service worker
 * with the list of the page's files, the web app manifest, the icons. While developing there is
 * nothing of it: a copy in the browser would hide each change.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { Plugin } from "vite";
import type { OfflineList } from "./offline/copy.ts";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "offline");

export const SERVICE_WORKER = "service-worker.js";
const MANIFEST = "manifest.webmanifest";
const LIST = "const OFFLINE_LIST = ";

const ICONS = [
  { file: "icon-192.png", sizes: "192x192", purpose: "any" },
  { file: "icon-512.png", sizes: "512x512", purpose: "any" },
  { file: "icon-maskable-512.png", sizes: "512x512", purpose: "maskable" },
] as const;

/**
 * Removes the copies that an earlier build has left in a browser, and itself: published in place of
 * the service worker, it ends offline use.
 */
const RETIRED = `addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  const own = "vl-reward offline " + registration.scope + " ";
  for (const name of await caches.keys()) if (name.startsWith(own)) await caches.delete(name);
  await registration.unregister();
})()));
`;

export interface OfflineOptions {
  /** False: the build has no offline copy, and removes one that a browser has. */
  readonly isKept: boolean;
}

export function offlinePage({ isKept }: OfflineOptions): Plugin {
  return {
    name: "vl-reward:offline",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: () => (isKept ? headTags() : []),
    },
    generateBundle: {
      order: "post",
      async handler(_, bundle) {
        if (!isKept) {
          this.emitFile({ type: "asset", fileName: SERVICE_WORKER, source: RETIRED });
          return;
        }
        const files: Record<string, string | Uint8Array> = {};
        for (const [name, part] of Object.entries(bundle)) {
          if (isListed(name)) files[name] = part.type === "chunk" ? part.code : part.source;
        }
        const own = { [MANIFEST]: manifest(), ...(await icons()) };
        for (const [fileName, source] of Object.entries(own)) {
          this.emitFile({ type: "asset", fileName, source });
        }
        const script = await serviceWorker();
        const source = withList(script, { ...files, ...own });
        this.emitFile({ type: "asset", fileName: SERVICE_WORKER, source });
      },
    },
  };
}

function isListed(name: string): boolean {
  return name !== SERVICE_WORKER && !name.endsWith(".map");
}

/** Puts the list of the files before the script, in place of one that is there. */
export function withList(
  script: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  const code = script.startsWith(LIST) ? script.slice(script.indexOf("\n") + 1) : script;
  const hashes = Object.fromEntries(
    Object.keys(files)
      .toSorted()
      .map((name) => [name, sha256(files[name] ?? "")]),
  );
  const version = sha256(JSON.stringify(hashes) + code).slice(0, 16);
  const list: OfflineList = { version, files: hashes, folders: ["model/"] };
  return `${LIST}${JSON.stringify(list)};\n${code}`;
}

function sha256(source: string | Uint8Array): string {
  return createHash("sha256").update(source).digest("hex");
}

/** Returns the service worker as one classic script: not every browser takes modules there. */
async function serviceWorker(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      write: false,
      target: "esnext",
      lib: {
        entry: path.join(folder, "service-worker.ts"),
        formats: ["iife"],
        name: "vlRewardOffline",
      },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  const [chunk] = output !== undefined && "output" in output ? output.output : [];
  if (chunk === undefined) throw new Error("vite-offline: expected a script, got none");
  return chunk.code;
}

function headTags(): { tag: string; attrs: Record<string, string>; injectTo: "head" }[] {
  const tags = [
    ["link", { rel: "manifest", href: `./${MANIFEST}` }],
    ["link", { rel: "apple-touch-icon", href: "./icons/icon-192.png" }],
    ["meta", { name: "service-worker", content: `./${SERVICE_WORKER}` }],
  ] as const;
  return tags.map(([tag, attrs]) => ({ tag, attrs: { ...attrs }, injectTo: "head" }));
}

function manifest(): string {
  const value = {
    name: "vl-reward: which response is better?",
    short_name: "vl-reward",
    description: "A vision-language reward model in the browser.",
    start_url: "./",
    scope: "./",
    display: "standalone",
    background_color: "#ffffff",
    theme_color: "#1f4e79",
    icons: ICONS.map(({ file, sizes, purpose }) => ({
      src: `./icons/${file}`,
      sizes,
      type: "image/png",
      purpose,
    })),
  };
  return JSON.stringify(value, undefined, 2);
}

async function icons(): Promise<Record<string, Uint8Array>> {
  const read = ICONS.map(
    async ({ file }) =>
      [`icons/${file}`, await readFile(path.join(folder, "icons", file))] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}
