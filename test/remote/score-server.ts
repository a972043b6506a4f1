/**
 * A server with the routes of vLLM or SGLang. It scores by a hash of the request, and makes the
 * faults that a test orders.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request for scores (the list of models is not counted). */
export interface ScoreRequest {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
  /** How many requests for scores came before. */
  readonly index: number;
}

/**
 * Instead of an answer: a status with a body, a reset connection, no answer at all; or undefined
 * for the right one.
 */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string }
  | "reset"
  | "cut"
  | "silence"
  | undefined;

export interface ScoreServerOptions {
  readonly owner?: string;
  /** Routes that exist. */
  readonly routes?: readonly string[];
  /** Takes no notice of use_activation. */
  readonly alwaysActivates?: "sigmoid" | "softmax" | "identity";
  readonly fault?: (request: ScoreRequest) => Fault;
  /** Changes the scores on their way out. */
  readonly spoil?: (values: number[], request: ScoreRequest) => number[];
  /** The score of an input. */
  readonly scoreOf?: (input: unknown) => number;
  readonly delayMs?: number;
  /** Any free one by default. */
  readonly port?: number;
}

export interface ScoreServer {
  readonly url: string;
  readonly requests: readonly ScoreRequest[];
  /** The most requests that were in progress at the same time. */
  readonly mostAtOnce: () => number;
  close(): Promise<void>;
}

export async function scoreServer(options: ScoreServerOptions = {}): Promise<ScoreServer> {
  const { owner = "vllm", routes = ["/classify", "/pooling"], delayMs = 0 } = options;
  const requests: ScoreRequest[] = [];
  let [atWork, most] = [0, 0];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (path === "/v1/models") return json(response, { data: [{ id: "judge", owned_by: owner }] });
    if (!routes.includes(path)) return json(response, { detail: "Not Found" }, 404);
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
    const one = { path, body, headers: request.headers, index: requests.length };
    requests.push(one);
    const fault = options.fault?.(one);
    if (fault === "silence") return;
    if (fault === "reset") return void request.socket.resetAndDestroy();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (fault === "cut") {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"data": [');
      return void setTimeout(() => request.socket.destroy(), 10);
    }
    if (fault !== undefined) {
      response.writeHead(fault.status, fault.headers).end(fault.text ?? "{}");
      return;
    }
    json(response, scored(one, options, owner));
  }

  const server = createServer((request, response) => {
    atWork += 1;
    most = Math.max(most, atWork);
    response.on("close", () => (atWork -= 1));
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    mostAtOnce: () => most,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function scored(request: ScoreRequest, options: ScoreServerOptions, owner: string): unknown {
  const { body } = request;
  const { scoreOf = hashScore, alwaysActivates, spoil = (values) => values } = options;
  const inputs = (body["input"] ?? body["input_ids"] ?? [body["messages"]]) as unknown[];
  const activation = alwaysActivates ?? (body["use_activation"] === false ? "identity" : "sigmoid");
  const activated = inputs.map((input) => {
    const raw = scoreOf(input);
    if (owner === "sglang" && alwaysActivates === undefined) return raw;
    if (activation === "softmax") return 1;
    return activation === "sigmoid" ? 1 / (1 + Math.exp(-raw)) : raw;
  });
  const values = spoil(activated, request);
  if (owner === "sglang") return values.map((value) => ({ embedding: [value], meta_info: {} }));
  const data = values.map((value, index) =>
    request.path === "/pooling"
      ? { index, object: "pooling", data: [value] }
      : { index, label: "LABEL_0", probs: [value], num_classes: 1 },
  );
  return { object: "list", model: "judge", data, usage: { prompt_tokens: 7 } };
}

/** Between -8 and 8, the same for the same input. */
export function hashScore(input: unknown): number {
  let hash = 2166136261;
  for (const code of Buffer.from(JSON.stringify(input))) hash = Math.imul(hash ^ code, 16777619);
  return ((hash >>> 0) / 2 ** 32) * 16 - 8;
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
