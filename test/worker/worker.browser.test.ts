/**
 * `vl-reward/worker` as it is published, in a page with a strict policy and Trusted Types: calls,
 * pictures, errors, aborts, several models, several tabs, and workers that fail.
 */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { block, longestTaskMs } from "../demo/main-thread.ts";
import { serveBuilt } from "../../testing/browser/built-library.ts";
import type { BuiltLibrary } from "../../testing/browser/built-library.ts";
import { inChrome, launchTestBrowser } from "../../testing/browser/launch.ts";
import { VERSION } from "../../src/version.ts";
import type { WorkerRewardModel } from "../../src/worker/index.ts";

type Door = typeof import("../../src/worker/index.ts");
declare global {
  var lib: Door;
  var explain: typeof import("../../src/explain/index.ts").explain;
  var models: WorkerRewardModel[];
}

/** Of the first sample, "Yes, purple is the highest.", by Hugging Face's code. */
const SCORE = 2.39497;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  // Another name of this machine: a picture that the page may draw, and not read.
  "img-src 'self' http://127.0.0.1:*",
  "require-trusted-types-for 'script'",
  "trusted-types vl-reward#worker",
].join("; ");

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<img src="/model/samples/01-tallest-bar.png">
<script type="module" src="/page.js"></script>`;
const SCRIPT = `import * as lib from "/lib/worker.js"; globalThis.models = []; 
import { explain } from "/lib/explain.js"; globalThis.explain = explain; globalThis.lib = lib;`;
/** A worker of one's own that can be made to fail: it hangs once it has a certain text. */
const FRAIL = `
import "/lib/engine-worker.js";
self.addEventListener("message", ({ data }) => {
  if (data.call !== "run") return;
  const text = JSON.stringify(data.args);
  if (text.includes("hang")) for (;;);
});`;

/** The first program of docs/embedding.md, as it stands there. */
const [, DOCUMENTED = ""] =
  /```ts\n(import [^\n]* "vl-reward\/worker".*?)```/s.exec(
    readFileSync("docs/embedding.md", "utf8"),
  ) ?? [];

let served: BuiltLibrary;
let browser: Browser;

/** As people write it, and compilers for older browsers do not. */
const USING = `
import { WorkerRewardModel } from "/lib/worker.js";
globalThis.used = (async () => {
  const conversation = [{ role: "user", content: "Which?" }, { role: "assistant", content: "This." }];
  const load = async () => await WorkerRewardModel.fromPretrained("./model/");
  const after = async (model) => await model.score(conversation).catch(({ message }) => message);
  const seen = [];
  {
    await using model = await load();
    seen.push((await model.score(conversation)).value, model);
  }
  {
    using model = await load();
    seen.push((await model.score(conversation)).value, model);
  }
  return [seen[0] === seen[2], await after(seen[1]), await after(seen[3])];
})();`;

/** The ready worker as other versions publish it, by the name of the file. */
const OTHERS: Readonly<Record<string, (script: string) => string>> = {
  "older.js": (script) => script.replaceAll(VERSION, "0.0.9"),
  "newer.js": (script) => script.replaceAll(VERSION, "12.0.0"),
  "before.js": (script) =>
    script.replaceAll(new RegExp(`["'\`]${VERSION}["'\`]`, "g"), "undefined"),
  "foreign.js": () => `postMessage("ready"); onmessage = ({ data }) => postMessage({ got: data });`,
};

beforeAll(async () => {
  const others: Record<string, string> = {};
  served = await serveBuilt({
    pages: others,
    // The worker of one's own imports a script by its address.
    headers: (path): Record<string, string> =>
      path === "frail.js" ? {} : { "content-security-policy": POLICY },
  });
  const script = readFileSync(`${served.folder}/engine-worker.js`, "utf8");
  for (const [name, other] of Object.entries(OTHERS)) others[name] = other(script);
  Object.assign(others, {
    "page.html": PAGE,
    "page.js": SCRIPT,
    "frail.js": FRAIL,
    "using.html": `${PAGE}<script type="module" src="/using.js"></script>`,
    "using.js": USING,
    "docs.html": `${PAGE}<script type="module" src="/docs.js"></script>`,
    "docs.js": DOCUMENTED.replace("vl-reward/worker", "/lib/worker.js").replace(
      "./chart.png",
      "./model/samples/01-tallest-bar.png",
    ),
  });
  browser = await launchTestBrowser({});
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${served.url}page.html`);
  await page.waitForFunction(() => "lib" in globalThis);
  return page;
}

test("worker: a page with a strict policy and Trusted Types → loads with progress, and scores every kind of picture as the reference", async () => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    const overall: number[] = [];
    const stages = new Set<string>();
    const model = await lib.WorkerRewardModel.fromPretrained("./model/", {
      onProgress: (progress) => {
        overall.push(progress.overall);
        stages.add(progress.stage);
      },
    });
    const at = "./model/samples/01-tallest-bar.png";
    const blob = await (await fetch(at)).blob();
    const bitmap = await createImageBitmap(blob);
    const canvas = document.createElement("canvas");
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    const context = canvas.getContext("2d")!;
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const off = new OffscreenCanvas(bitmap.width, bitmap.height);
    off.getContext("2d")!.drawImage(bitmap, 0, 0);
    const pictures = {
      address: at,
      url: new URL(at, location.href),
      blob,
      bitmap,
      canvas,
      off,
      pixels,
      image: document.querySelector("img")!,
      response: await fetch(at),
      bytes: new Uint8Array(await blob.arrayBuffer()),
      frame: new VideoFrame(bitmap, { timestamp: 0 }),
    };
    const conversation = (image: never, text = "Yes, purple is the highest.") => [
      {
        role: "user",
        content: [
          { type: "image" as const, image },
          { type: "text" as const, text: "Is purple the highest value?" },
        ],
      },
      { role: "assistant", content: text },
    ];
    const scores: Record<string, number> = {};
    for (const [name, picture] of Object.entries(pictures)) {
      scores[name] = (await model.score(conversation(picture as never))).value;
    }
    const done: string[] = [];
    const [messages] = [conversation(blob as never).slice(0, 1)];
    const ranking = await model.rank(
      { messages, responses: ["No.", "Yes, purple is the highest."] },
      { onProgress: (count, all) => done.push(`${count} of ${all}`) },
    );
    const one = conversation(blob as never);
    const { probability } = await model.compare(one, conversation(blob as never, "No."));
    const usage = await model.measureInputUsage(one);
    const { tokenIds } = await model.score(one);
    const pieces = await model.pieces(tokenIds);
    const decoded = await model.decode(blob);
    const features = await model.features([one]);
    const traced = await model.trace(one);
    const { memory, name, architecture, hasVision, headName, inputQuota, adapter } = model;
    await model.dispose();
    return {
      overall,
      stages: [...stages],
      scores,
      best: ranking.best.index,
      done,
      probability,
      isCounted: usage === tokenIds.length && usage < inputQuota,
      text: pieces.join("").includes("Is purple the highest value?"),
      decoded: [decoded.width, decoded.height, decoded.data.length],
      features: features[0]?.length,
      traced: traced.size,
      facts: { name, architecture, hasVision, headName, adapter: adapter.name },
      isHeld: memory.weightBytes > 1e6,
      bitmap: bitmap.width,
    };
  });
  expect(seen.overall).toEqual(seen.overall.toSorted((a, b) => a - b));
  expect(seen.overall.at(-1)).toBe(1);
  expect(seen.overall.every((one) => one >= 0 && one <= 1)).toBe(true);
  expect(seen.stages).toContain("upload");
  for (const [name, value] of Object.entries(seen.scores)) {
    expect(Math.abs(value - SCORE), name).toBeLessThan(1e-5);
  }
  expect(seen).toMatchObject({ best: 1, isCounted: true, text: true, isHeld: true });
  expect(seen.probability).toBeGreaterThan(0.5);
  expect(seen.done.at(-1)).toBe("2 of 2");
  expect(seen.decoded[2]).toBe(seen.decoded[0]! * seen.decoded[1]! * 4);
  expect(seen.features).toBeGreaterThan(8);
  expect(seen.traced).toBeGreaterThan(10);
  expect(seen.facts).toMatchObject({ name: `${served.url}model/`, hasVision: true });
  // The caller's own bitmap is still open.
  expect(seen.bitmap).toBeGreaterThan(0);
  await page.close();
}, 120_000);

test("worker: pictures that the page may not read, closed or empty ones → an InputError each, and the next call scores", async () => {
  const page = await open();
  // Another name of this machine is another origin.
  const foreign = served.url.replace("localhost", "127.0.0.1");
  const seen = await page.evaluate(async (other) => {
    const model = await lib.WorkerRewardModel.fromPretrained("./model/");
    const image = new Image();
    image.src = `${other}model/samples/01-tallest-bar.png`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.getContext("2d")!.drawImage(image, 0, 0);
    const off = new OffscreenCanvas(20, 20);
    off.getContext("2d")!.drawImage(image, 0, 0);
    const closed = await createImageBitmap(new ImageData(4, 4));
    closed.close();
    const bitmap = await createImageBitmap(new ImageData(40, 40));
    const frame = new VideoFrame(bitmap, { timestamp: 0 });
    frame.close();
    const empty = document.createElement("canvas");
    empty.width = 0;
    const moved = new ArrayBuffer(8);
    structuredClone(moved, { transfer: [moved] });
    const element = document.createElement("video");
    const cases = { canvas, off, closed, frame, empty, moved, element, none: new Image(), image };
    const said: Record<string, string> = {};
    const score = async (picture: unknown): Promise<string> => {
      const content = [
        { type: "image" as const, image: picture as never },
        { type: "text" as const, text: "?" },
      ];
      const asked = [
        { role: "user" as const, content },
        { role: "assistant" as const, content: "Yes." },
      ];
      return await model.score(asked).then(
        ({ value }) => typeof value,
        (error: unknown) =>
          error instanceof lib.InputError ? error.message : `bare ${String(error)}`,
      );
    };
    for (const [name, picture] of Object.entries(cases)) said[name] = await score(picture);
    said["after"] = await score(bitmap);
    await model.dispose();
    return said;
  }, foreign);
  const unsent = expect.stringMatching(/^score: cannot be sent to a worker.*this page may read\.$/);
  const undrawn = expect.stringMatching(/^picture: it cannot be drawn/);
  expect(seen).toEqual({
    canvas: unsent,
    off: unsent,
    closed: unsent,
    frame: undrawn,
    empty: undrawn,
    moved: unsent,
    element: expect.stringMatching(/^picture: the video has no frame yet/),
    none: expect.stringMatching(/^picture: the image element has no address yet/),
    image: expect.stringMatching(/it cannot be fetched.*CORS/),
    after: "number",
  });
  await page.close();
}, 60_000);

test("docs/embedding.md: its first program, as it stands there → ranks", async () => {
  const page = await browser.newPage();
  await page.goto(`${served.url}docs.html`);
  await page.waitForSelector("body[data-best], body[data-fault]", { timeout: 60_000 });
  expect(
    await page.$eval("body", ({ dataset }) => Object.fromEntries(Object.entries(dataset))),
  ).toEqual({ best: "1" });
  await page.close();
}, 90_000);

test("worker: using and await using → the model is freed at the end of the block, the worker with the last", async () => {
  const page = await browser.newPage();
  await page.goto(`${served.url}using.html`);
  await page.waitForFunction(() => "used" in globalThis);
  const used = await page.evaluate(
    async () => await (globalThis as unknown as { used: Promise<unknown[]> }).used,
  );
  const refused = "worker: the model was disposed of. Load it again.";
  expect(used).toEqual([true, refused, refused]);
  await expect.poll(() => page.workers().length).toBe(0);
  await page.close();
}, 60_000);

// The trace is Chrome's.
test.runIf(inChrome)(
  "worker: a load and ten scores with a picture → no task of the page's thread takes 50 ms of CPU",
  async () => {
    const page = await open();
    const run = async (): Promise<void> =>
      await page.evaluate(async () => {
        const model = await lib.WorkerRewardModel.fromPretrained("./model/", { onProgress() {} });
        for (let i = 0; i < 10; i += 1) {
          await model.score([
            {
              role: "user",
              content: [
                { type: "image", image: document.querySelector("img")! },
                { type: "text", text: "Is purple the highest value?" },
              ],
            },
            { role: "assistant", content: `Yes, ${i}.` },
          ]);
        }
        await model.dispose();
      });
    const ms = await longestTaskMs(page, run);
    console.log(`longest task of the page's thread: ${ms.toFixed(1)} ms of CPU`);
    expect(ms).toBeLessThan(50);
    // The measure sees a page that blocks.
    const blocked = await longestTaskMs(page, async () => await page.evaluate(block, 1000));
    expect(blocked).toBeGreaterThan(50);
    await page.close();
  },
  120_000,
);

test("worker: explain over a model in a worker → the word that differs, and cells of the picture", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const model = await lib.WorkerRewardModel.fromPretrained("./model/");
    const image = await (await fetch("./model/samples/01-tallest-bar.png")).blob();
    const content = [
      { type: "image" as const, image },
      { type: "text" as const, text: "Is purple the highest value?" },
    ];
    const said = "Purple is 8 and green is 6, so the answer is";
    const { contrast, units, notes } = await explain(
      model,
      { messages: [{ role: "user", content }], responses: [`${said} yes.`, `${said} no.`] },
      { budget: 110 },
    );
    await model.dispose();
    return { contrast, cells: units.filter((unit) => unit.in === "picture").length, notes };
  });
  expect(found.contrast).toMatchObject([{ a: "yes", b: "no" }]);
  // As without a worker: test/demo/explain.browser.test.ts.
  expect(found.contrast[0]?.effect).toBeCloseTo(4.44, 1);
  expect(found.cells).toBeGreaterThan(3);
  expect(found.notes).toEqual([]);
  await page.close();
}, 120_000);

test("worker: errors → their class, code and fields; an abort → immediately, with its reason", async () => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    const { WorkerRewardModel, RewardError, InputError, WeightsError } = lib;
    const caught = async (work: () => Promise<unknown>): Promise<unknown> => {
      try {
        await work();
        return "no error";
      } catch (error) {
        if (!(error instanceof RewardError)) return error instanceof Error ? error.name : error;
        const { name, code, where, todo } = error;
        const kind = [InputError, WeightsError].findIndex((one) => error instanceof one);
        return { name, code, where, hasTodo: todo !== undefined, kind };
      }
    };
    const model = await WorkerRewardModel.fromPretrained(new URL("./model/", location.href));
    const one = [
      { role: "user", content: "?" },
      { role: "assistant", content: "Yes." },
    ];
    const reason = new Error("mine");
    const abort = new AbortController();
    const slow = model.score(
      Array.from({ length: 400 }, (_, i) => [
        { role: "user", content: "?" },
        { role: "assistant", content: "Yes. ".repeat(i + 1) },
      ]),
      { signal: abort.signal },
    );
    const began = performance.now();
    setTimeout(() => abort.abort(reason), 50);
    const isMine = await slow.catch((error: unknown) => error === reason);
    const abortMs = performance.now() - began;
    const found = {
      isMine,
      abortMs,
      role: await caught(() =>
        model.score([
          [
            { role: "user", content: "?" },
            { role: "x", content: "" },
          ],
        ]),
      ),
      option: await caught(() => model.score(one, { temprature: 2 } as never)),
      notSent: await caught(() => model.score([{ role: "user", content: (() => 1) as never }])),
      source: await caught(() =>
        WorkerRewardModel.fromPretrained({ name: "x", open: () => {} } as never),
      ),
      store: await caught(() =>
        WorkerRewardModel.fromPretrained("./model/", { store: {} as never }),
      ),
      missing: await caught(() => WorkerRewardModel.fromPretrained("./nothing/")),
      aborted: await caught(() => model.score(one, { signal: AbortSignal.abort() })),
      timeout: await caught(() =>
        WorkerRewardModel.fromPretrained("./model/", { signal: AbortSignal.timeout(1) }),
      ),
      value: (await model.score(one)).value,
    };
    await model.dispose();
    return { ...found, disposed: await caught(() => model.score(one)) };
  });
  const input = { name: "InputError", code: "input", kind: 0 };
  expect(seen.isMine).toBe(true);
  expect(seen.abortMs).toBeLessThan(1000);
  expect(seen.role).toMatchObject({ ...input, where: expect.stringContaining("role") as string });
  expect(seen.option).toMatchObject({ ...input, where: "score" });
  expect(seen.notSent).toMatchObject({ ...input, where: "score", hasTodo: true });
  expect(seen.source).toMatchObject({ ...input, where: "fromPretrained" });
  expect(seen.store).toMatchObject({ ...input, where: "store" });
  expect(seen.missing).toMatchObject({ name: "WeightsError", code: "weights", kind: 1 });
  expect(seen.aborted).toBe("AbortError");
  expect(seen.timeout).toBe("TimeoutError");
  expect(seen.disposed).toMatchObject({ ...input, hasTodo: true });
  expect(Number.isFinite(seen.value)).toBe(true);
  await page.close();
}, 120_000);

test("worker: two models → one worker, which ends with the last of them; availability before → bytes", async () => {
  const page = await open();
  const before = await page.evaluate(
    async () => await lib.WorkerRewardModel.availability("./model/"),
  );
  expect(before).toMatchObject({ status: "downloadable" });
  expect(before.downloadBytes).toBeGreaterThan(4e6);
  expect(before.gpuBytes.stored!.resident).toBeGreaterThan(before.gpuBytes.q4!.resident);
  await expect.poll(() => page.workers().length).toBe(0);
  const values = await page.evaluate(async () => {
    const load = async (weights: "stored" | "q8") =>
      await lib.WorkerRewardModel.fromPretrained("./model/", { weights, store: true });
    models.push(...(await Promise.all([load("stored"), load("q8")])));
    const one = [
      { role: "user", content: "?" },
      { role: "assistant", content: "Yes." },
    ];
    return await Promise.all(models.map(async (model) => (await model.score(one)).value));
  });
  expect(values[0]).not.toBe(values[1]);
  expect(page.workers()).toHaveLength(1);
  const kept = await page.evaluate(
    async () => await lib.WorkerRewardModel.availability("./model/", { store: true }),
  );
  expect(kept).toMatchObject({ status: "available", downloadBytes: 0 });
  await page.evaluate(async () => await models[0]?.dispose());
  expect(page.workers()).toHaveLength(1);
  await page.evaluate(async () => await models[1]?.dispose());
  await expect.poll(() => page.workers().length).toBe(0);
  const none = await page.evaluate(async () => await lib.WorkerRewardModel.availability("./none/"));
  expect(none).toMatchObject({ status: "unavailable", downloadBytes: 0 });
  await page.close();
}, 120_000);

test("worker: one that hangs → started again; the calls that waited get their scores, the culprit a GpuError", async () => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    const warnings: string[] = [];
    const model = await lib.WorkerRewardModel.fromPretrained("./model/", {
      worker: "/frail.js",
      silenceMs: 3000,
      onWarning: (message) => warnings.push(message),
    });
    const of = (text: string) =>
      model
        .score([
          { role: "user", content: "?" },
          { role: "assistant", content: text },
        ])
        .then(
          ({ value }) => value,
          (error: unknown) => (error instanceof lib.GpuError ? error.what : String(error)),
        );
    const first = await of("Yes.");
    const all = await Promise.all([of("Yes."), of("hang"), of("Yes.")]);
    const last = await of("Yes.");
    await model.dispose();
    return { first, all, last, warnings };
  });
  expect(seen.all).toEqual([seen.first, expect.stringMatching(/silent for 3 s/), seen.first]);
  expect(seen.last).toBe(seen.first);
  expect(seen.warnings).toContain("worker: the worker was silent for 3 s. It is started again.");
  await page.close();
}, 180_000);

test("worker: a script that is not there → UnsupportedError", async () => {
  const page = await open();
  const name = await page.evaluate(async () => {
    const loading = lib.WorkerRewardModel.fromPretrained("./model/", { worker: "/none.js" });
    return await loading.catch(
      (error: unknown) => error instanceof lib.UnsupportedError && error.where,
    );
  });
  expect(name).toBe("worker");
  await page.close();
}, 60_000);

test.each([
  ["older.js", "0.0.9"],
  ["newer.js", "12.0.0"],
  ["before.js", "none"],
])(
  "worker: a cached script of another version, %s → UnsupportedError that names both, to every call",
  async (name, version) => {
    const page = await open();
    const seen = await page.evaluate(async (worker) => {
      const asked = [
        lib.WorkerRewardModel.fromPretrained("./model/", { worker }),
        lib.WorkerRewardModel.availability("./model/", { worker }),
      ];
      const settled = await Promise.allSettled(asked);
      return settled.map((one) =>
        one.status === "rejected" && one.reason instanceof lib.UnsupportedError
          ? [one.reason.expected, one.reason.got, one.reason.message.includes("?v=")]
          : one.status,
      );
    }, `./${name}`);
    const named = [VERSION, version, true];
    expect(seen).toEqual([named, named]);
    await expect.poll(() => page.workers().length).toBe(0);
    await page.close();
  },
  60_000,
);

test("worker: a script that is not an engine → UnsupportedError, once it was silent", async () => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    try {
      await lib.WorkerRewardModel.fromPretrained("./model/", {
        worker: "./foreign.js",
        silenceMs: 500,
      });
      return "loaded";
    } catch (error) {
      return error instanceof lib.UnsupportedError ? error.message : String(error);
    }
  });
  expect(seen).toMatch(
    /^worker: the worker was silent.*never answered as an engine.*serveRewardModel/,
  );
  await page.close();
}, 60_000);

test("worker: two tabs share one engine → one load; a tab that closes leaves the model to the other", async () => {
  const tabs = [await open(), await open()];
  const load = async (page: Page): Promise<number> =>
    await page.evaluate(async () => {
      const model = await lib.WorkerRewardModel.fromPretrained("./model/", { shared: true });
      models.push(model);
      const { value } = await model.score([
        { role: "user", content: "?" },
        { role: "assistant", content: "Yes." },
      ]);
      return value;
    });
  const first = await load(tabs[0]!);
  const weightsAsked = (): number =>
    served.asked.filter((name) => name === "model/model.safetensors").length;
  const before = weightsAsked();
  expect(await load(tabs[1]!)).toBe(first);
  expect(weightsAsked()).toBe(before);
  const shared = browser.targets().filter((target) => ["shared_worker"].includes(target.type()));
  // Firefox names its shared workers to nobody.
  expect(shared).toHaveLength(inChrome ? 1 : 0);
  await tabs[0]!.close();
  const value = await tabs[1]!.evaluate(async () => {
    const { value: again } = await models[0]!.score([
      { role: "user", content: "?" },
      { role: "assistant", content: "Yes." },
    ]);
    return again;
  });
  expect(value).toBe(first);
  await tabs[1]!.close();
}, 120_000);
