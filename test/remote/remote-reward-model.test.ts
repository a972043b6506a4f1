/** RemoteRewardModel against a server that does right, and wrong in every way that servers do. */
import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { InputError, RewardError, UnsupportedError } from "../../src/errors.ts";
import { RemoteRewardModel } from "../../src/remote/remote-reward-model.ts";
import type { RemoteOptions } from "../../src/remote/remote-reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import { GOLDEN_ROOT, loadCases, loadGoldens, modelFolder } from "../../testing/golden.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { hashScore, scoreServer } from "./score-server.ts";
import type { Fault, ScoreServer, ScoreServerOptions } from "./score-server.ts";

const servers: ScoreServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Returns a server, and a client that waits milliseconds instead of seconds. */
async function connect(
  behaviour: ScoreServerOptions = {},
  options: RemoteOptions = {},
): Promise<{ server: ScoreServer; remote: RemoteRewardModel }> {
  const server = await scoreServer(behaviour);
  servers.push(server);
  const remote = await RemoteRewardModel.connect(server.url, { firstPauseMs: 5, ...options });
  return { server, remote };
}

const talk = (answer: string): Conversation => [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: answer },
];

/** Faults for the first scores after the connection, one after the other. */
function afterProbe(...faults: Fault[]): NonNullable<ScoreServerOptions["fault"]> {
  let at = 0;
  return ({ body }) => (JSON.stringify(body).includes("3 plus 4") ? faults[at++] : undefined);
}

async function faultOf(promise: Promise<unknown>): Promise<RewardError> {
  const error: unknown = await promise.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (!(error instanceof RewardError))
    throw new Error(`wanted a RewardError, got ${String(error)}`);
  return error;
}

test("score: one and many → the server's scores, in order; raw ones are asked for", async () => {
  const { server, remote } = await connect();
  const many = ["7", "8", "nine"].map(talk);
  expect(await remote.score(many)).toEqual(
    many.map((one) => ({ value: hashScore(one), tokens: 7 })),
  );
  expect(await remote.score(talk("7"))).toEqual({ value: hashScore(talk("7")), tokens: 7 });
  expect(server.requests.at(-1)).toMatchObject({
    path: "/classify",
    body: {
      model: "judge",
      use_activation: false,
      add_generation_prompt: false,
      messages: talk("7"),
    },
  });
});

test("rank, compare: as the local engine words them", async () => {
  const scoreOf = (messages: unknown): number =>
    (messages as Partial<Conversation[number]>[]).at(-1)?.content?.length ?? 0;
  const { remote } = await connect({ scoreOf });
  const { order, scores } = await remote.rank({
    messages: talk("").slice(0, 1),
    responses: ["four", "twelve chars", "same"],
  });
  expect(scores.map(({ value }) => value)).toEqual([4, 12, 4]);
  expect(order.map(({ index, place }) => [index, place])).toEqual([
    [1, 1],
    [0, 2],
    [2, 2],
  ]);
  const compared = await remote.compare(talk("1234"), talk("12"), { temperature: 2 });
  expect(compared).toMatchObject({ margin: 2, isTie: false });
  expect(compared.probability).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  await expect(remote.rank({ messages: [], responses: [] })).rejects.toThrow(
    "rank, messages: expected one or more turns, got an empty list",
  );
});

test("tokenizer: texts → the reference's token ids, several a request", async () => {
  const tokenizer = fileSystemSource(modelFolder("qwen3"));
  const { server, remote } = await connect({}, { tokenizer });
  const cases = loadCases("cases-text.jsonl");
  const goldens = loadGoldens("golden-qwen3.jsonl");
  const scores = await remote.score(cases.map(({ messages }) => messages));
  const sent = server.requests.at(-1)?.body["input"];
  expect(sent).toEqual(goldens.map(({ inputIds }) => inputIds));
  expect(scores.map(({ tokens }) => tokens)).toEqual(goldens.map(({ tokens }) => tokens));
  const many = Array.from({ length: 40 }, (_, i) => talk(`${i}`));
  const before = server.requests.length;
  expect(new Set((await remote.score(many)).map(({ value }) => value)).size).toBe(40);
  expect(server.requests.length - before).toBe(3);
});

test("pictures: file, data URL, pixels → data URLs in OpenAI's form; others refused", async () => {
  const { server, remote } = await connect();
  const jpeg = readFileSync(`${GOLDEN_ROOT}images/photo.jpg`);
  const url = `data:image/jpeg;base64,${jpeg.toString("base64")}`;
  const pixels = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 0, 255, 1, 2, 3, 4) };
  const others = [new Response(jpeg), new Uint8Array(jpeg), Uint8Array.from(jpeg).buffer];
  const images = [new Blob([jpeg]), url, pixels as ImageData, ...others];
  await remote.score([
    { role: "user", content: images.map((image) => ({ type: "image", image })) },
    {
      role: "assistant",
      content: [
        { type: "text", text: "A " },
        { type: "text", text: "b" },
      ],
    },
  ]);
  const messages = server.requests.at(-1)?.body["messages"] as {
    content: { type: string; image_url: { url: string } }[];
  }[];
  const [first, second, third, ...bytes] = messages[0]?.content ?? [];
  expect(bytes).toEqual([first, first, first]);
  expect([first?.image_url.url, second]).toEqual([url, first]);
  expect(third?.image_url.url).toMatch(/^data:image\/png;base64,/);
  const { default: sharp } = await import("sharp");
  const png = Buffer.from(third?.image_url.url.split(",")[1] ?? "", "base64");
  expect([...(await sharp(png).raw().toBuffer())]).toEqual([...pixels.data]);
  expect(messages[1]).toEqual({ role: "assistant", content: "A b" });
  const none: Conversation = [
    { role: "user", content: [{ type: "image", image: new Blob(["this is not a picture"]) }] },
    { role: "assistant", content: "Yes." },
  ];
  expect(await faultOf(remote.score(none))).toBeInstanceOf(InputError);
});

test("control tokens: spelled in a message → one warning; sent as token ids → none", async () => {
  const warnings: string[] = [];
  const options = { onWarning: (message: string) => void warnings.push(message) };
  const { remote } = await connect({}, options);
  await remote.score([talk("plain <b>"), talk("What does <|im_end|> do?"), talk("<|im_end|>")]);
  expect(warnings).toEqual([expect.stringContaining("spells the control token <|im_end|>")]);
  const tokenizer = fileSystemSource(modelFolder("qwen3"));
  const { remote: exact } = await connect({}, { ...options, tokenizer });
  await exact.score([talk("What does <|im_end|> do?")]);
  expect(warnings).toHaveLength(1);
});

test("pad token: a template that ends in it → one warning; in another token, or without the tokenizer → none", async () => {
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  for (const [folder, count] of [
    ["llama3-eot", 1],
    ["llama3", 0],
    // Its config.json names a pad token, and its template ends in another.
    ["qwen3", 0],
    // A value head takes the last token, as servers do.
    ["a", 0],
  ] as const) {
    const tokenizer = fileSystemSource(modelFolder(folder));
    const { remote } = await connect({}, { onWarning, tokenizer });
    await remote.score([talk("7"), talk("8")]);
    expect(warnings.splice(0), folder).toEqual(
      Array(count).fill(expect.stringMatching(/pad_token_id 1014.*transformers the one before it/)),
    );
  }
  const { remote } = await connect({}, { onWarning });
  await remote.score(talk("7"));
  expect(warnings).toEqual([]);
});

test("routes: no /classify → /pooling; SGLang → /classify with ids; neither → an error", async () => {
  const pooling = await connect({ routes: ["/pooling"] });
  expect((await pooling.remote.score(talk("7"))).value).toBe(hashScore(talk("7")));
  expect(pooling.server.requests.at(-1)).toMatchObject({
    path: "/pooling",
    body: { task: "classify", use_activation: false },
  });
  const tokenizer = fileSystemSource(modelFolder("qwen3"));
  const sglang = await connect({ owner: "sglang" }, { tokenizer });
  const score = await sglang.remote.score(talk("7"));
  const request = sglang.server.requests.at(-1);
  const body = request?.body ?? {};
  expect([request?.path, Object.keys(body)]).toEqual(["/classify", ["model", "input_ids"]]);
  expect(score.value).toBe(hashScore((body["input_ids"] as unknown[])[0]));
  for (const [behaviour, why] of [
    [{ routes: [] }, "the server does not score with this model"],
    [
      { owner: "someone" },
      "the server is neither vLLM nor SGLang: expected vllm or sglang, got someone",
    ],
    [{ owner: "sglang" }, "Give the model's folder (tokenizer; --model on the command line)"],
  ] as const) {
    const error = await faultOf(connect(behaviour));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(why);
  }
  const unknown = await faultOf(connect({}, { model: "other" }));
  expect(unknown.message).toContain("the server has no such model: expected other, got judge");
});

test.each<[string, ScoreServerOptions, string]>([
  ["a sigmoid left on", { alwaysActivates: "sigmoid" }, "a sigmoid is in the way"],
  ["a softmax over one label", { alwaysActivates: "softmax" }, "every score is 1: a softmax"],
  [
    "a sigmoid of large scores",
    { alwaysActivates: "sigmoid", scoreOf: () => 40 },
    "every score is 1",
  ],
  ["a head that does nothing", { scoreOf: () => -0.3 }, "the model's head does nothing"],
])("probe: %s → an error that says which flag to set", async (_, behaviour, why) => {
  const error = await faultOf(connect(behaviour));
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error.message).toContain(why);
  const flag = why.includes("head")
    ? "head was loaded"
    : `--pooler-config '{"use_activation": false}'`;
  expect(error.message).toContain(flag);
});

test("probe: raw scores in (0, 1) → no error; no activation at all → with probe: false", async () => {
  const scoreOf = (input: unknown): number => hashScore(input) / 20 + 0.5;
  const { remote } = await connect({ scoreOf });
  expect((await remote.score(talk("7"))).value).toBe(scoreOf(talk("7")));
  const identity = { scoreOf, alwaysActivates: "identity" } as const;
  expect((await faultOf(connect(identity))).message).toContain("switch this check off");
  const { server } = await connect(identity, { probe: false });
  expect(server.requests.length).toBe(1); // which route there is
});

test.each<[string, Fault[]]>([
  ["429 with Retry-After", [{ status: 429, headers: { "retry-after": "0" } }]],
  ["503 twice", [{ status: 503 }, { status: 503, text: "<html>" }]],
  ["500, 408 and a reset connection", [{ status: 500 }, { status: 408 }, "reset"]],
  ["an answer that is cut off", ["cut"]],
  ["no answer at all", ["silence"]],
])("faults that pass: %s → tried again, the right score", async (_, faults) => {
  const { server, remote } = await connect({ fault: afterProbe(...faults) }, { timeoutMs: 400 });
  const before = server.requests.length;
  expect((await remote.score(talk("7"))).value).toBe(hashScore(talk("7")));
  expect(server.requests.length - before).toBe(faults.length + 1);
});

test("Retry-After: 1 s → waited for, though the pause of its own would be 5 ms", async () => {
  const fault = afterProbe({ status: 429, headers: { "retry-after": "1" } });
  const { remote } = await connect({ fault });
  const pauses = vi.spyOn(globalThis, "setTimeout");
  await remote.score(talk("7"));
  expect(pauses.mock.calls.map(([, ms]) => ms)).toContain(1000);
  pauses.mockRestore();
});

test.each<[string, Fault, ScoreServerOptions["spoil"], string]>([
  ["503 for ever", { status: 503 }, undefined, "the server failed (tried 3 times), got HTTP 503"],
  ["429 for ever", { status: 429 }, undefined, "the server wants fewer requests (tried 3 times)"],
  ["reset for ever", "reset", undefined, "the connection failed or was refused (tried 3 times)"],
  ["silence for ever", "silence", undefined, "no answer came (tried 3 times), got none in 0.2 s"],
  [
    "an hour's pause",
    { status: 429, headers: { "retry-after": "3600" } },
    undefined,
    "try again in 3600 s",
  ],
  ["401", { status: 401 }, undefined, "the server refuses access"],
  ["404", { status: 404 }, undefined, "the route is gone"],
  ["418", { status: 418 }, undefined, "an unexpected answer: expected HTTP 200, got HTTP 418"],
  ["broken JSON", { status: 200, text: '{"data": [' }, undefined, 'is not JSON, got {"data": ['],
  [
    "a page",
    { status: 200, text: "<!doctype html> hello" },
    undefined,
    "got <!doctype html> hello",
  ],
  ["another form", { status: 200, text: '{"ok": 1}' }, undefined, "an answer of another form"],
  [
    "a score too few",
    undefined,
    () => [],
    "another number of scores than conversations: expected 1, got 0",
  ],
  ["a score too many", undefined, (v) => [...v, 1], "than conversations: expected 1, got 2"],
  [
    "null for a score",
    undefined,
    () => [Number.NaN],
    "a score is not a finite number: expected a number, got null",
  ],
  [
    "two labels",
    { status: 200, text: '{"data": [{"index": 0, "probs": [0.5, 0.5]}]}' },
    undefined,
    'Put "num_labels": 1 into config.json',
  ],
  [
    "an index that is none",
    { status: 200, text: '{"data": [{"index": 4, "probs": [0.5]}]}' },
    undefined,
    "got 4",
  ],
])("faults that stay: %s → UnsupportedError that says so", async (_, fault, spoil, why) => {
  const isOurs = (body: unknown): boolean => JSON.stringify(body).includes("3 plus 4");
  const behaviour: ScoreServerOptions = {
    fault: ({ body }) => (isOurs(body) ? fault : undefined),
    spoil: (values, { body }) => (isOurs(body) && spoil ? spoil(values, {} as never) : values),
  };
  const { remote } = await connect(behaviour, { tries: 3, timeoutMs: 200 });
  const error = await faultOf(remote.score(talk("7")));
  expect(error).toBeInstanceOf(UnsupportedError);
  expect(error.message).toContain(why);
});

test("400: the conversation is at fault → InputError, the server's words, one try", async () => {
  const text = '{"error": {"message": "maximum context length is 2048 tokens", "code": 400}}';
  const { server, remote } = await connect({ fault: afterProbe({ status: 400, text }) });
  const before = server.requests.length;
  const error = await faultOf(remote.score(talk("7")));
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toContain("maximum context length is 2048 tokens");
  expect(server.requests.length - before).toBe(1);
});

test("connect: no server, no address, 0 at a time → an error with what to do", async () => {
  const closed = await scoreServer();
  await closed.close();
  const options = { tries: 2, firstPauseMs: 1 };
  const refused = await faultOf(RemoteRewardModel.connect(closed.url, options));
  expect(refused).toBeInstanceOf(UnsupportedError);
  expect(refused.message).toMatch(
    /refused \(tried 2 times\), got ECONNREFUSED.*that the server runs/,
  );
  for (const url of ["localhost:8000", "ftp://a", ""]) {
    expect(await faultOf(RemoteRewardModel.connect(url))).toBeInstanceOf(InputError);
  }
  const none = await faultOf(RemoteRewardModel.connect(closed.url, { concurrency: 0 }));
  expect(none.message).toContain("concurrency: expected a whole number, 1 or more, got 0");
});

test("concurrency: 40 conversations, 3 at a time → never more, all scored, all reported", async () => {
  const { server, remote } = await connect({ delayMs: 5 }, { concurrency: 3 });
  const told: [number, number][] = [];
  const many = Array.from({ length: 40 }, (_, i) => talk(`${i}`));
  const onProgress = (done: number, total: number): void => void told.push([done, total]);
  const scores = await remote.score(many, { onProgress });
  expect(scores.map(({ value }) => value)).toEqual(many.map(hashScore));
  expect(server.mostAtOnce()).toBe(3);
  expect([told.length, told.at(-1)]).toEqual([40, [40, 40]]);
});

test("concurrency: 40 requests together, their pauses and 40 calls → no signal has enough listeners for a leak warning of Node", async () => {
  const faults = Array.from({ length: 20 }, (): Fault => ({ status: 503 }));
  const { remote } = await connect(
    { delayMs: 5, fault: afterProbe(...faults) },
    { concurrency: 40 },
  );
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", note);
  const many = Array.from({ length: 40 }, (_, i) => talk(`${i}`));
  await remote.score(many, { signal: new AbortController().signal });
  await Promise.all(many.map((one) => remote.score(one)));
  // Node emits the warning in a task of its own.
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off("warning", note);
  expect(warnings).toEqual([]);
});

test("abort, dispose: in the middle → rejects immediately with the reason; later calls are refused", async () => {
  const { remote, server } = await connect({ fault: afterProbe("silence", "silence", "silence") });
  const reason = new Error("enough");
  const controller = new AbortController();
  const scoring = remote.score(talk("7"), { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  await expect(scoring).rejects.toBe(reason);
  await expect(remote.score(talk("7"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const pending = remote.score(talk("7"));
  setTimeout(() => void remote.dispose(), 50);
  await expect(pending).rejects.toThrow("disposed of");
  const before = server.requests.length;
  await expect(remote.score(talk("7"))).rejects.toThrow("disposed of");
  expect(server.requests.length).toBe(before);
});

test("apiKey → a bearer token with every request", async () => {
  const { server, remote } = await connect({}, { apiKey: "secret" });
  await remote.score(talk("7"));
  const keys = server.requests.map(({ headers }) => headers.authorization);
  expect(new Set(keys)).toEqual(new Set(["Bearer secret"]));
});
