import { expect, test } from "vitest";
import { fetchThrough, serveFetch } from "../../src/sealed/fetch-port.ts";

interface Asked {
  readonly url: string;
  readonly headers: Record<string, string>;
}

function addressOf(input: RequestInfo | URL): string {
  if (typeof input === "string") return input;
  return input instanceof URL ? input.href : input.url;
}

/** A gate and a fetch through it, with a network that answers by the address. */
function throughGate(answer: (url: string) => Response | Promise<Response>) {
  const { port1, port2 } = new MessageChannel();
  const asked: Asked[] = [];
  const gate = serveFetch(port1, async (input, init) => {
    asked.push({ url: addressOf(input), headers: Object.fromEntries(new Headers(init?.headers)) });
    const { signal } = init ?? {};
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
    return await Promise.race([answer(addressOf(input)), aborted]);
  });
  const end = (): void => {
    port1.close();
    port2.close();
  };
  return { gate, asked, end, ask: fetchThrough(port2) };
}

test("fetch: status, headers and bytes → those of the server", async () => {
  const body = new Uint8Array(300_000).map((_, i) => i % 251);
  const { ask, asked, end } = throughGate(
    () => new Response(body, { status: 206, headers: { "content-range": "bytes 0-9/10" } }),
  );
  const response = await ask("https://a.example/x", { headers: { range: "bytes=0-9" } });
  expect([response.status, response.headers.get("content-range")]).toEqual([206, "bytes 0-9/10"]);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
  expect(asked).toEqual([{ url: "https://a.example/x", headers: { range: "bytes=0-9" } }]);
  end();
});

test("fetch: 404, 204 and a network that fails → the same", async () => {
  const { ask, end } = throughGate((url) => {
    if (url.endsWith("gone")) return new Response("no", { status: 404 });
    if (url.endsWith("empty")) return new Response(null, { status: 204 });
    throw new TypeError("refused");
  });
  expect((await ask("https://a.example/gone")).status).toBe(404);
  expect(await (await ask("https://a.example/empty")).text()).toBe("");
  await expect(ask("https://a.example/down")).rejects.toThrow(new TypeError("refused"));
  end();
});

test("fetch: aborted before and during → the reason", async () => {
  const { ask, end } = throughGate(() => new Promise(() => {}));
  const reason = new Error("enough");
  await expect(ask("https://a.example/", { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
  const abort = new AbortController();
  const asking = ask("https://a.example/", { signal: abort.signal });
  abort.abort(reason);
  await expect(asking).rejects.toBe(reason);
  end();
});

test("fetch: a POST, or a body → refused before it is sent", async () => {
  const { ask, asked, end } = throughGate(() => new Response("x"));
  await expect(ask("https://a.example/", { method: "POST", body: "secret" })).rejects.toThrow(
    "POST",
  );
  await expect(ask("https://a.example/", { body: "secret" })).rejects.toThrow("sends no");
  expect(asked).toEqual([]);
  end();
});

test("gate: closed → new addresses refused, known ones read by ranges with their old headers", async () => {
  const { ask, gate, asked, end } = throughGate(() => new Response("x"));
  const known = "https://a.example/model.safetensors";
  await ask(known, { headers: { authorization: "Bearer t", range: "bytes=0-7" } });
  gate.seal();
  const refused = [
    ["https://evil.example/?secret", {}],
    [`${known}?secret`, {}],
    [known, { range: "bytes=secret" }],
    [known, { range: "bytes=0-1, 5-6" }],
  ] as const;
  for (const [url, headers] of refused) {
    await expect(ask(url, { headers }), url).rejects.toThrow("the network is closed");
  }
  await ask(known, { headers: { "x-secret": "secret", range: "bytes=8-15" } });
  expect(asked.slice(1)).toEqual([
    { url: known, headers: { authorization: "Bearer t", range: "bytes=8-15" } },
  ]);
  end();
});
