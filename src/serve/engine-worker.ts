// Tested by: test/worker/worker.browser.test.ts
/**
 * The ready worker, one file without imports once it is built. It is
 *
 *   a worker of one page        its own scope is the port
 *   a shared worker             every tab that connects has a port
 *   a sealed worker             `fetchPort`: its `fetch` asks the worker beside it
 *   the worker beside that one  `servePort`: it fetches until the page closes the gate
 */
import { fetchThrough, serveFetch } from "../sealed/fetch-port.ts";
import type { FetchGate } from "../sealed/fetch-port.ts";
import type { SetupMessage } from "../worker/protocol.ts";
import { VERSION } from "../version.ts";
import { serveRewardModel } from "./serve-reward-model.ts";

type Scope = typeof globalThis & {
  postMessage(message: unknown): void;
};

const HELLO = { id: 0, reply: "hello", version: VERSION };
const scope = globalThis as Scope;
/** The address of the page: what it calls `./picture.png` is beside it, not beside this file. */
let base: string | undefined;
let gate: FetchGate | undefined;

const native: typeof fetch = scope.fetch.bind(scope);
let request: typeof fetch = native;
scope.fetch = (input, init) =>
  request(typeof input === "string" && base ? new URL(input, base).href : input, init);

function setUp({ data }: MessageEvent<SetupMessage | { readonly seal: true }>): void {
  if ("base" in data) ({ base } = data);
  if ("fetchPort" in data) request = fetchThrough(data.fetchPort);
  if ("servePort" in data) gate = serveFetch(data.servePort, native);
  if ("seal" in data) {
    gate?.seal();
    scope.postMessage({ sealed: true });
  }
}

if ("onconnect" in scope) {
  // Each tab has the address of the first: the tabs of one site mostly share their folder.
  scope.addEventListener("connect", (event) => {
    const [port] = (event as MessageEvent).ports;
    if (!port) return;
    port.addEventListener("message", setUp);
    serveRewardModel(port);
    port.postMessage(HELLO);
  });
} else {
  scope.addEventListener("message", setUp);
  serveRewardModel();
  scope.postMessage(HELLO);
}
