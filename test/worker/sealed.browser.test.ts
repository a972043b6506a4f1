/**
 * `sealed: true` against a compromised dependency in the engine's own file and against a hostile
 * checkpoint: a server counts what reaches it.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveBuilt } from "../../testing/browser/built-library.ts";
import type { BuiltLibrary } from "../../testing/browser/built-library.ts";
import { launchTestBrowser } from "../../testing/browser/launch.ts";
import { SinkServer } from "../../testing/sink-server.ts";
import { ATTACK } from "../sealed/attack.ts";

/** Of the first sample, "Yes, purple is the highest.", by Hugging Face's code. */
const SCORE = 2.39497;
const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<img src="/model/samples/01-tallest-bar.png"><script type="module" src="/page.js"></script>`;
const SCRIPT = `import * as lib from "/lib/worker.js"; globalThis.lib = lib;`;

const sink = new SinkServer();
let port = 0;
let served: BuiltLibrary;
let browser: Browser;
const pages: Record<string, string> = { "page.html": PAGE, "page.js": SCRIPT };

/**
 * The engine with a malicious package inside, which keeps the browser's own `fetch` and, with each
 * call, tries every channel; and once more the engine's.
 */
function compromised(engine: string, url: string): string {
  const place = JSON.stringify({
    http: `http://127.0.0.1:${port}/`,
    ws: `ws://127.0.0.1:${port}/`,
    own: `${url}page.js`,
  });
  return `(() => {
    const fetch = self.fetch.bind(self), real = self.postMessage.bind(self);
    const tell = (message) => real({ id: 0, reply: "warning", model: 1, message });
    const postMessage = ({ open }) => open && tell("open: " + open.join());
    ${ATTACK.replace("self.onmessage =", "const attack =")}
    self.addEventListener("message", async ({ data }) => {
      if (data.call !== "run") return;
      const secret = encodeURIComponent(JSON.stringify(data.args).slice(0, 200));
      const gate = await self.fetch(${JSON.stringify(url)} + "model/config.json?" + secret)
        .then(() => "open", String);
      tell("gate: " + gate);
      await attack({ data: { ...${place}, secret } });
    });
  })();
  ${engine}`;
}

beforeAll(async () => {
  port = await sink.listen();
  served = await serveBuilt({ pages });
  const engine = await readFile(path.join(served.folder, "engine-worker.js"), "utf8");
  pages["evil.js"] = compromised(engine, served.url);
  const model = path.resolve("weights/tiny-vl-reward");
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    pages[`hostile/${file}`] = await readFile(path.join(model, file), "utf8");
  }
  pages["hostile/model.safetensors.index.json"] = JSON.stringify({
    weight_map: { "model.norm.weight": `http://127.0.0.1:${port}/shard?canary` },
  });
  browser = await launchTestBrowser({});
}, 180_000);
afterAll(async () => {
  sink.close();
  await browser?.close();
  await served?.close();
});

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${served.url}page.html`);
  await page.waitForFunction(() => "lib" in globalThis);
  return page;
}

test("sealed: an engine with a malicious package inside → the right score, and no byte of it reaches a server", async () => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    const warnings: string[] = [];
    const model = await lib.WorkerRewardModel.fromPretrained("./model/", {
      sealed: true,
      worker: "/evil.js",
      onWarning: (message) => warnings.push(message),
    });
    const { value } = await model.score([
      {
        role: "user",
        content: [
          { type: "image", image: document.querySelector("img")! },
          { type: "text", text: "Is purple the highest value?" },
        ],
      },
      { role: "assistant", content: "Yes, purple is the highest." },
    ]);
    while (!warnings.some((one) => one.startsWith("open:"))) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await model.dispose();
    return { value, warnings };
  });
  expect(Math.abs(seen.value - SCORE)).toBeLessThan(1e-5);
  // The attack ran to its end, and found no way.
  expect(seen.warnings).toContain("open: ");
  expect(seen.warnings.find((one) => one.startsWith("gate:"))).toMatch(/network is closed/);
  expect(sink.hits).toEqual([]);
  expect(sink.connections).toBe(0);
  expect(served.asked.filter((name) => /purple|canary/i.test(name))).toEqual([]);
  await page.close();
}, 120_000);

test("sealed: a checkpoint whose index names a server elsewhere → refused, and not asked", async () => {
  const page = await open();
  const name = await page.evaluate(async () => {
    const loading = lib.WorkerRewardModel.fromPretrained("./hostile/", { sealed: true });
    return await loading.then(
      () => "loaded",
      (error: Error) => error.name,
    );
  });
  expect(name).toBe("WeightsError");
  expect(sink.connections).toBe(0);
  await page.close();
}, 60_000);

test("sealed: pictures by address → an element's and a blob's are read by the page, a text's is refused", async () => {
  const page = await open();
  const seen = await page.evaluate(async () => {
    const model = await lib.WorkerRewardModel.fromPretrained("./model/", { sealed: true });
    const at = new URL("./model/samples/01-tallest-bar.png", location.href);
    const blob = URL.createObjectURL(await (await fetch(at)).blob());
    const of = async (image: string | URL) =>
      await model
        .score([
          { role: "user", content: [{ type: "image", image }] },
          { role: "assistant", content: "Yes." },
        ])
        .then(
          ({ value }) => value,
          (error: Error) => error.name,
        );
    const values = [await of(at), await of(blob), await of(at.href)];
    await model.dispose();
    return values;
  });
  expect(seen[0]).toBe(seen[1]);
  expect(typeof seen[0]).toBe("number");
  expect(seen[2]).toBe("InputError");
  await page.close();
}, 60_000);
