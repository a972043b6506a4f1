// Tested by: test/store/download/observed-source.test.ts
/**
 * Fetches the hub's hashes of a model's large files: the sha256 by which Git LFS knows them.
 *
 * The header with the hash, `X-Linked-ETag`, is on a redirect, which pages cannot see. The list of
 * files has the hashes as well.
 */
import { anySignal } from "../../abort.ts";
import type { Fetch } from "./observed-source.ts";

export interface HubHashOptions {
  readonly token?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A longer wait for a list does not pay. */
const WAIT_MS = 10_000;

/**
 * Returns the sha256 of each file in Git LFS, by path. It is empty if the source is not the hub's,
 * or the hub does not answer: then hashes are recorded at the first load.
 * @param name as `hubSource` names it, `org/name@revision`
 */
export async function hubHashes(
  name: string,
  { token, endpoint = "https://huggingface.co", fetch, signal }: HubHashOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const [, id, revision] = /^([^/@:]+\/[^/@:]+)@(.+)$/.exec(name) ?? [];
  if (id === undefined || revision === undefined) return new Map();
  const base = endpoint.replace(/\/+$/, "");
  const url = `${base}/api/models/${id}/tree/${encodeURIComponent(revision)}`;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const request: Fetch = fetch ?? ((...args) => globalThis.fetch(...args));
  const wait = AbortSignal.timeout(WAIT_MS);
  try {
    const either = signal ? anySignal([signal, wait]) : wait;
    const response = await request(url, { headers, signal: either });
    if (!response.ok) return new Map();
    return hashesOf(await response.json());
  } catch {
    signal?.throwIfAborted();
    return new Map();
  }
}

function hashesOf(list: unknown): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  for (const entry of Array.isArray(list) ? (list as unknown[]) : []) {
    const { path, lfs } = (entry ?? {}) as { path?: unknown; lfs?: { oid?: unknown } };
    const oid = lfs?.oid;
    if (typeof path !== "string" || typeof oid !== "string") continue;
    if (/^[0-9a-f]{64}$/.test(oid)) hashes.set(path, oid);
  }
  return hashes;
}
