// Tested by: test/cli/output/clean.test.ts
/**
 * Fetches a picture that a row names by its address, if that is allowed.
 *
 * Rows come from anywhere. Without `--allow-remote-images` no address is requested. With it,
 * addresses of this machine or its network are refused, unless their host is named. Each address
 * that a name resolves to, and each redirect, is checked before a connection is made.
 */

import { lookup, type LookupAddress } from "node:dns";
import http from "node:http";
import https from "node:https";
import { BlockList, isIP, isIPv4 } from "node:net";
import { InputError } from "../../src/errors.ts";
import { publicAddress } from "../output/clean.ts";

/** Which addresses of pictures are asked. */
export interface PicturePolicy {
  /** Whether public addresses are. */
  readonly isAllowed: boolean;
  /** Hosts that may be requested at any address. */
  readonly hosts: readonly string[];
}

export const noRemotePictures: PicturePolicy = { isAllowed: false, hosts: [] };

const maxBytes = 64 * 2 ** 20;
const maxRedirects = 5;
const timeoutMs = 30_000;

/** Networks that are not the public one: RFC 6890 and its successors. */
const inside = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  inside.addSubnet(network, bits, "ipv4");
}
/** In IPv6 only 2000::/3 is public, except for ranges that carry IPv4 or are for documents. */
const outside = new BlockList();
outside.addSubnet("2000::", 3, "ipv6");
for (const [network, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  inside.addSubnet(network, bits, "ipv6");
}

/** Returns whether an IP address is one of the public network. */
export function isPublicIp(address: string): boolean {
  if (isIPv4(address)) return !inside.check(address, "ipv4");
  const plain = address.replace(/%.*$/, "");
  return outside.check(plain, "ipv6") && !inside.check(plain, "ipv6");
}

/** Returns the picture's bytes. @throws InputError if it may not be asked, or does not come */
export async function fetchPicture(
  address: string,
  policy: PicturePolicy,
  signal?: AbortSignal,
): Promise<Buffer> {
  const where = `image ${publicAddress(address).slice(0, 200)}`;
  let url = parseUrl(address, where);
  const limit = AbortSignal.any([
    AbortSignal.timeout(timeoutMs),
    ...(signal === undefined ? [] : [signal]),
  ]);
  // The loop ends by an answer, or by too many redirects.
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    checkHost(url, policy, where);
    const answer = await ask(url, policy, limit).catch((cause: unknown) => {
      signal?.throwIfAborted();
      if (cause instanceof InputError) throw cause;
      const why = limit.aborted ? `no answer in ${timeoutMs / 1000} s` : reasonOf(cause);
      const todo = "Check the address, or download the picture and name its file";
      throw new InputError({ where, what: `could not be fetched (${why})`, todo, cause });
    });
    if ("bytes" in answer) return answer.bytes;
    if (answer.location === undefined) {
      const todo = "Check the address";
      throw new InputError({ where, what: "could not be fetched", got: answer.status, todo });
    }
    url = parseUrl(new URL(answer.location, url).href, where);
  }
  throw new InputError({ where, what: "is redirected again and again", expected: maxRedirects });
}

function parseUrl(address: string, where: string): URL {
  try {
    const url = new URL(address);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch {
    // Said below.
  }
  throw new InputError({ where, expected: "an address that begins with http:// or https://" });
}

/** Checks an address that is written in the URL. Names are checked when they are resolved. */
function checkHost(url: URL, { isAllowed, hosts }: PicturePolicy, where: string): void {
  if (hosts.includes(url.hostname)) return;
  if (!isAllowed) {
    const todo = "Name a file, or call with --allow-remote-images";
    throw new InputError({ where, what: "addresses in rows are not fetched", todo });
  }
  const ip = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(ip) !== 0 && !isPublicIp(ip)) throw insideFault(where, url.hostname);
}

function insideFault(where: string, host: string): InputError {
  return new InputError({
    where,
    what: "is an address of this machine or its network, which rows may not use",
    got: host,
    todo: `If it is meant, call with --image-host ${host}`,
  });
}

type Answer =
  | { readonly bytes: Buffer }
  | { readonly status: number; readonly location: string | undefined };

function ask(url: URL, policy: PicturePolicy, signal: AbortSignal): Promise<Answer> {
  const { hostname } = url;
  const where = `image ${publicAddress(url.href).slice(0, 200)}`;
  return new Promise((resolve, reject) => {
    const { get } = url.protocol === "https:" ? https : http;
    const request = get(url, {
      signal,
      headers: { accept: "image/*", "user-agent": "vl-reward" },
      // The addresses that are checked are those that are connected to.
      lookup: (name, options, done) => {
        lookup(name, { ...options, all: true }, (error, addresses) => {
          const isNamed = policy.hosts.includes(hostname);
          const bad = isNamed ? undefined : addresses?.find((one) => !isPublicIp(one.address));
          const fault = error ?? (bad === undefined ? null : insideFault(where, hostname));
          if (fault !== null) done(fault, "", 0);
          else if (options.all === true) (done as AllDone)(null, addresses);
          else done(null, addresses[0]?.address ?? "", addresses[0]?.family ?? 0);
        });
      },
    });
    request.once("error", reject);
    request.once("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      if (status !== 200) {
        response.resume();
        const isRedirect = status >= 300 && status < 400;
        resolve({ status, location: isRedirect ? headers.location : undefined });
        return;
      }
      readAll(response, where).then(
        (bytes) => resolve({ bytes }),
        (error: unknown) => {
          request.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  });
}

type AllDone = (error: null, addresses: LookupAddress[]) => void;

async function readAll(body: AsyncIterable<Buffer>, where: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > maxBytes) {
      const expected = `at most ${maxBytes.toLocaleString("en-US")} bytes`;
      throw new InputError({ where, what: "is too large", expected });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as NodeJS.ErrnoException).code;
  return (cause.message || code) ?? cause.name;
}
