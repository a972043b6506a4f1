// Tested by: test/remote/remote-reward-model.test.ts
/**
 * Which server answers at an address, which model it has, and by which route it scores.
 */
import { InputError, UnsupportedError } from "../errors.ts";
import { exchange } from "./request.ts";
import type { Connection } from "./request.ts";
import { bodyOf } from "./routes.ts";
import type { Route } from "./routes.ts";

interface Asked {
  readonly model?: string | undefined;
  readonly engine?: "vllm" | "sglang" | undefined;
}

/**
 * Returns the name of a server's model: the wanted one, else the first that it lists.
 * @throws UnsupportedError if there is none
 */
export async function findModel(
  connection: Connection,
  wanted: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ id: string; owner: string }> {
  const where = `${connection.url}/v1/models`;
  const models = readModels(await exchange(connection, "/v1/models", undefined, signal));
  const found = wanted === undefined ? models[0] : models.find(({ id }) => id === wanted);
  if (found !== undefined) return found;
  throw new UnsupportedError({
    where,
    what: wanted === undefined ? "the server lists no model" : "the server has no such model",
    got: models.map(({ id }) => id).join(", ") || "none",
    expected: wanted ?? "a vLLM or SGLang server",
    todo: "Check the address (its base, without /v1) and the model's name",
  });
}

/**
 * Finds out which server it is.
 * @throws UnsupportedError if neither kind answers, or it has another model
 */
export async function findServer(
  connection: Connection,
  { model: wanted, engine }: Asked,
  signal: AbortSignal | undefined,
): Promise<{ route: Route; model: string }> {
  const found = await findModel(connection, wanted, signal);
  const owner = engine ?? found.owner;
  if (owner === "sglang") return { route: "sglang-classify", model: found.id };
  if (owner === "vllm")
    return { route: await vllmRoute(connection, found.id, signal), model: found.id };
  throw new UnsupportedError({
    where: `${connection.url}/v1/models`,
    what: "the server is neither vLLM nor SGLang",
    got: owner === "" ? "no owner" : owner,
    expected: "vllm or sglang",
    todo: "Say which it is (engine), where something stands in front of it",
  });
}

/** Returns `/classify`, or `/pooling` if only that exists. */
async function vllmRoute(
  connection: Connection,
  model: string,
  signal: AbortSignal | undefined,
): Promise<Route> {
  for (const [route, path] of [
    ["vllm-classify", "/classify"],
    ["vllm-pooling", "/pooling"],
  ] as const) {
    // A token that every vocabulary has.
    const body = bodyOf(route, model, { ids: [Uint32Array.of(0)] });
    try {
      if ((await exchange(connection, path, body, signal)) !== undefined) return route;
    } catch (error) {
      // A server that has the route and does not classify says so with a 400.
      if (!(error instanceof InputError) || route === "vllm-pooling") throw refusedBy(error);
    }
  }
  throw notClassifying(`${connection.url}/classify`, "no /classify and no /pooling");
}

function refusedBy(error: unknown): unknown {
  return error instanceof InputError ? notClassifying(error.message, undefined) : error;
}

function notClassifying(where: string, got: string | undefined): UnsupportedError {
  return new UnsupportedError({
    where,
    what: "the server does not score with this model",
    got,
    todo:
      "Start it with vllm serve MODEL --runner pooling --convert classify, from a checkpoint with " +
      "a score head " +
      "(vl-reward export --for vllm rewrites one with a value head)",
  });
}

function readModels(answer: unknown): { id: string; owner: string }[] {
  const data = typeof answer === "object" && answer !== null && "data" in answer ? answer.data : [];
  return (Array.isArray(data) ? data : []).flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("id" in entry)) return [];
    const owner = "owned_by" in entry ? String(entry.owned_by) : "";
    return [{ id: String(entry.id), owner }];
  });
}
