/** `<vl-score>` as it is published, in a page with a strict policy. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "puppeteer";
import type { RankRequest } from "../../src/types.ts";
import type { VlScore } from "../../src/element/vl-score.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveBuilt } from "../../testing/browser/built-library.ts";
import type { BuiltLibrary } from "../../testing/browser/built-library.ts";
import { launchTestBrowser } from "../../testing/browser/launch.ts";

declare global {
  var heard: string[];
  /** What a page's own scorer was asked. */
  var requests: RankRequest[];
  /** The properties that `late.js` sets. */
  var given: Readonly<Record<string, unknown>>;
}

/** Of the first sample, "Yes, purple is the highest.", by Hugging Face's code. */
const SCORE = 2.39497;
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types vl-reward#worker lit-html",
].join("; ");

const page = (body: string): string => `<!doctype html><meta charset="utf-8">
<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>${body}`;
const RESPONSES = `<li>No, purple is not the highest.</li><li>Yes, purple is the highest.</li>`;
const ELEMENT = (attributes: string): string =>
  `<vl-score ${attributes} src="/model/samples/01-tallest-bar.png"
    prompt="Is purple the highest value?">${RESPONSES}</vl-score>`;
const SCRIPT = `
import "/lib/element.js";
globalThis.heard = [];
for (const name of ["progress", "score", "rank", "error"]) {
  document.addEventListener(name, ({ type }) => heard.push(type), true);
}`;

/** Sets every property before the element is defined, as a framework may, and then defines it. */
const LATE = `
globalThis.heard = [];
globalThis.requests = [];
const given = {
  model: "/nowhere/", weights: "q8", src: "/nothing.png", prompt: "Not this.", store: "mine",
  sealed: true, loading: "eager", name: "judge", required: true, workerUrl: "/worker.js",
  picture: new Blob(["picture"]),
  messages: [{ role: "user", content: "Which?" }],
  responses: ["This.", "That."],
  scorer: {
    rank: async (request) => {
      requests.push(request);
      const order = [1, 0].map((index) => ({ index, value: index }));
      return { scores: [{ value: 0 }, { value: 1 }], order, best: order[0] };
    },
  },
};
globalThis.given = given;
Object.assign(document.querySelector("vl-score"), given);
await import("/lib/element.js");`;

/** The page of docs/embedding.md, as it stands there. */
const [, DOCUMENTED = ""] =
  /```html\n(.*?)```/s.exec(readFileSync("docs/embedding.md", "utf8")) ?? [];

let served: BuiltLibrary;
let browser: Browser;
const PAGES: Readonly<Record<string, string>> = {
  "page.js": SCRIPT,
  "form.html": page(`<form>${ELEMENT('model="/model/" name="judge" required')}</form>`),
  "eager.html": page(
    ELEMENT('model="/model/" loading="eager"') + ELEMENT('model="/model/" loading="eager"'),
  ),
  "broken.html": page(ELEMENT('model="/nothing/"')),
  "host.html": page(ELEMENT("")),
  "late.html": page('<vl-score loading="eager"></vl-score>').replace("/page.js", "/late.js"),
  "late.js": LATE,
  "texts.html": page(
    `<vl-score responses='["This.","That."]' messages='[{"role":"user","content":"Which?"}]'></vl-score>`,
  ),
  "again.html": page(ELEMENT("")),
  "docs.html": page(
    DOCUMENTED.replace("/node_modules/vl-reward/dist/", "/").replace(
      "/chart.png",
      "/model/samples/01-tallest-bar.png",
    ),
  ),
};

beforeAll(async () => {
  served = await serveBuilt({
    pages: PAGES,
    headers: () => ({ "content-security-policy": POLICY }),
  });
  browser = await launchTestBrowser({});
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

async function open(file: string): Promise<Page> {
  served.asked.length = 0;
  const opened = await browser.newPage();
  await opened.goto(`${served.url}${file}`);
  await opened.waitForFunction(() => customElements.get("vl-score") !== undefined);
  await opened.evaluate(
    async () =>
      await (document.querySelector("vl-score") as unknown as { updateComplete: Promise<unknown> })
        .updateComplete,
  );
  return opened;
}

const state = (opened: Page): Promise<string> =>
  opened.$eval("vl-score", (element) => element.state);

test("element: before consent → nothing of the engine and of the model is asked for, and a form that requires scores waits", async () => {
  const opened = await open("form.html");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await state(opened)).toBe("idle");
  expect(served.asked.filter((name) => /engine-worker|^model|worker-reward/.test(name))).toEqual(
    [],
  );
  expect(opened.workers()).toHaveLength(0);
  expect(await opened.$eval("form", (form) => form.checkValidity())).toBe(false);
  await opened.close();
}, 60_000);

test("element: a person presses the button → progress, places best first, events, states, and the form's fields", async () => {
  const opened = await open("form.html");
  await opened.click("vl-score >>> button");
  await opened.waitForFunction(() => document.querySelector("vl-score:state(done)"), {
    timeout: 60_000,
  });
  const seen = await opened.$eval("vl-score", (element) => {
    const all = (part: string): string[] =>
      [...element.shadowRoot!.querySelectorAll(`[part=${part}]`)].map(
        ({ textContent }) => textContent,
      );
    const form = element.closest("form")!;
    const bars = [...element.shadowRoot!.querySelectorAll<HTMLElement>("[part=bar] i")];
    return {
      labels: all("label"),
      values: all("value"),
      widths: bars.map(({ style }) => style.width),
      own: element.values,
      data: Object.fromEntries(new FormData(form).entries()) as Record<string, string>,
      valid: form.checkValidity(),
      heard: [...new Set(heard)],
      isOwn: element.form === form,
    };
  });
  expect(seen.labels).toEqual(["Yes, purple is the highest.", "No, purple is not the highest."]);
  expect(Number(seen.values[0])).toBeCloseTo(SCORE, 2);
  expect(Math.abs(seen.own[1]! - SCORE)).toBeLessThan(1e-5);
  expect(seen.widths).toEqual(["100%", "0%"]);
  expect(seen.data).toEqual({ judge: seen.own.join(","), "judge-best": "1" });
  expect(seen).toMatchObject({ valid: true, isOwn: true });
  expect(seen.heard).toEqual(["progress", "score", "rank"]);
  // Another response: scored without being asked again.
  await opened.$eval("vl-score li", (one) => (one.textContent = "I cannot tell."));
  await opened.waitForFunction(
    () => document.querySelector("vl-score")!.shadowRoot!.textContent.includes("I cannot tell."),
    { timeout: 30_000 },
  );
  await opened.$eval("vl-score", (element) => element.remove());
  await expect.poll(() => opened.workers().length).toBe(0);
  await opened.close();
}, 120_000);

test("docs/embedding.md: its page, as it stands there → the right response first", async () => {
  const opened = await open("docs.html");
  const best = await opened.$eval(
    "vl-score",
    async (element) => (await element.load())?.best.index,
  );
  expect(best).toBe(1);
  await opened.close();
}, 60_000);

test("element: two eager ones with the same model → one load for both", async () => {
  const opened = await open("eager.html");
  await opened.waitForFunction(
    () => document.querySelectorAll("vl-score:state(done)").length === 2,
    { timeout: 60_000 },
  );
  expect(served.asked.filter((name) => name === "model/model.safetensors")).toHaveLength(1);
  expect(opened.workers()).toHaveLength(1);
  await opened.close();
}, 90_000);

test("element: a model that is not there → state failed, a message, and the event with the error", async () => {
  const opened = await open("broken.html");
  const seen = await opened.$eval("vl-score", async (element) => {
    const error = new Promise<string>((resolve) =>
      element.addEventListener("error", (event) =>
        resolve((event as unknown as CustomEvent<Error>).detail.name),
      ),
    );
    const result = await element.load();
    await (element as unknown as { updateComplete: Promise<unknown> }).updateComplete;
    const message = element.shadowRoot!.querySelector("[part=message]")!.textContent;
    return { result: result ?? "none", name: await error, message, fault: element.fault?.name };
  });
  expect(seen).toMatchObject({ result: "none", name: "WeightsError", fault: "WeightsError" });
  expect(seen.message).toContain("config.json");
  await opened.close();
}, 60_000);

test("element: a model of the host's → scored with it, in any form of input", async () => {
  const opened = await open("host.html");
  const seen = await opened.$eval("vl-score", async (element) => {
    const requests: object[] = [];
    const one = (value: number) => ({ value }) as never;
    const order = [{ index: 0, value: 2, marginToNext: undefined, probabilityOverNext: undefined }];
    const ranking = { scores: [one(2)], order, best: order[0] } as never;
    element.scorer = {
      rank: async (request) => {
        requests.push(request);
        return await Promise.resolve(ranking);
      },
    };
    element.messages = [{ role: "user", content: "Which?" }];
    element.responses = ["This."];
    const result = await element.load();
    return { best: result?.best.index, last: requests.at(-1), values: element.values };
  });
  expect(seen).toEqual({
    best: 0,
    last: { messages: [{ role: "user", content: "Which?" }], responses: ["This."] },
    values: [2],
  });
  expect(served.asked.filter((name) => /engine-worker/.test(name))).toEqual([]);
  await opened.close();
}, 60_000);

test("element: every property set before it is defined → taken, none left on the element itself", async () => {
  const opened = await open("late.html");
  const seen = await opened.$eval("vl-score", async (element) => {
    const { properties } = element.constructor as typeof VlScore;
    const names = Object.keys(properties).filter((name) => properties[name]!.state !== true);
    const { given: all } = globalThis;
    while (element.state !== "done") await new Promise((resolve) => setTimeout(resolve, 10));
    return {
      unset: names.filter((name) => !(name in all)),
      lost: names.filter((name) => Reflect.get(element, name) !== all[name]),
      own: names.filter((name) => Object.hasOwn(element, name)),
      asked: requests,
      values: element.values,
      labels: [...element.shadowRoot!.querySelectorAll("[part=label]")].map(
        (label) => label.textContent,
      ),
    };
  });
  expect(seen).toEqual({
    unset: [],
    lost: [],
    own: [],
    asked: [{ messages: [{ role: "user", content: "Which?" }], responses: ["This.", "That."] }],
    values: [0, 1],
    labels: ["That.", "This."],
  });
  await opened.close();
}, 60_000);

test("element: lists as JSON in attributes → scored as the lists", async () => {
  const opened = await open("texts.html");
  const asked = await opened.$eval("vl-score", async (element) => {
    const all: RankRequest[] = [];
    element.scorer = {
      rank: async (request) => {
        all.push(request);
        return await Promise.reject(new Error("enough"));
      },
    };
    await element.load();
    return all[0];
  });
  expect(asked).toEqual({
    messages: [{ role: "user", content: "Which?" }],
    responses: ["This.", "That."],
  });
  await opened.close();
}, 60_000);

test.each([
  ["responses", "This.,That.", "a list of texts, or its JSON"],
  ["messages", "[object Object]", "a list of messages, or its JSON"],
  ["picture", "[object Blob]", "an object, as a property"],
  ["scorer", "[object Object]", "an object, as a property"],
])(
  "element: %s, an object that a framework wrote into the attribute → an InputError that says how to give it",
  async (name, text, expected) => {
    const opened = await open("host.html");
    const fault = await opened.$eval(
      "vl-score",
      async (element, [attribute, value]) => {
        const rank = async () => await Promise.reject(new Error("was asked"));
        if (attribute !== "scorer") element.scorer = { rank };
        element.setAttribute(attribute!, value!);
        await element.load();
        return element.fault?.message;
      },
      [name, text],
    );
    expect(fault).toContain(`<vl-score> ${name}: expected ${expected}, got ${text}.`);
    expect(fault).toContain("JSON.stringify");
    await opened.close();
  },
  60_000,
);

test("element: drawn again with equal content, moved → not scored again; other content, put back unscored → scored", async () => {
  const opened = await open("again.html");
  const counts = await opened.$eval("vl-score", async (element) => {
    let asked = 0;
    let isHeld = false;
    const seen: number[] = [];
    const rest = async (): Promise<void> => {
      await (element as unknown as { updateComplete: Promise<unknown> }).updateComplete;
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const count = async (act: () => void): Promise<void> => {
      act();
      await rest();
      seen.push(asked);
    };
    const blob = new Blob(["picture"]);
    let text = "Which?";
    let responses: readonly string[] | undefined = ["This.", "That."];
    const draw = (): void => {
      const content = [{ type: "image", image: blob } as const, { type: "text", text } as const];
      element.messages = [{ role: "user", content }];
      element.responses = responses && [...responses];
    };
    // As a component whose state is the ranking: each score draws it again.
    element.addEventListener("rank", () => draw());
    await count(() => {
      element.scorer = {
        rank: async (_, options) => {
          asked += 1;
          if (isHeld) await new Promise((__, no) => options?.signal?.addEventListener("abort", no));
          const order = [0, 1].map((index) => ({ index, value: 0 }));
          return { scores: [{ value: 0 }, { value: 0 }], order, best: order[0] } as never;
        },
      };
      draw();
    });
    await count(() => {
      for (let i = 0; i < 20; i += 1) draw();
    });
    await count(() => document.body.append(document.createElement("div"), element));
    await count(() => {
      element.remove();
    });
    await count(() => document.body.append(element));
    isHeld = true;
    text = "Which one?";
    await count(draw);
    await count(() => element.remove());
    await count(() => document.body.append(element));
    isHeld = false;
    responses = ["This."];
    await count(draw);
    responses = undefined;
    await count(draw);
    // The same children, made again.
    const copies = (): Node[] => [...element.children].map((one) => one.cloneNode(true));
    await count(() => element.replaceChildren(...copies()));
    await count(() => element.replaceChildren(...copies(), copies()[0]!));
    return seen;
  });
  expect(counts).toEqual([1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 5, 6]);
  await opened.close();
}, 60_000);

test("element: each of its properties alone, set to another value → scored once again, but for those of a form", async () => {
  const opened = await open("again.html");
  const counts = await opened.$eval("vl-score", async (element) => {
    const { properties } = element.constructor as typeof VlScore;
    let asked = 0;
    const scorer = () => ({
      rank: async () => {
        asked += 1;
        const order = [{ index: 0, value: 0 }];
        return await Promise.resolve({ scores: [{ value: 0 }], order, best: order[0] } as never);
      },
    });
    const others: Record<string, unknown> = {
      weights: "q8",
      sealed: true,
      required: true,
      loading: "eager",
      picture: new Blob(["picture"]),
      messages: [{ role: "user", content: "Which?" }],
      responses: ["This."],
      scorer: scorer(),
    };
    const rest = async (): Promise<void> => await new Promise((done) => setTimeout(done, 30));
    element.scorer = scorer();
    await rest();
    const seen: Record<string, number> = { first: asked };
    for (const name of Object.keys(properties)) {
      if (properties[name]!.state === true) continue;
      asked = 0;
      Reflect.set(element, name, others[name] ?? `other ${name}`);
      await rest();
      seen[name] = asked;
    }
    return seen;
  });
  const { first, name, required, loading, ...inputs } = counts;
  expect({ first, name, required, loading }).toEqual({
    first: 1,
    name: 0,
    required: 0,
    loading: 0,
  });
  expect(Object.keys(inputs).length).toBeGreaterThan(8);
  for (const [one, asked] of Object.entries(inputs)) expect(asked, one).toBe(1);
  await opened.close();
}, 60_000);

test("element's door: imported without a document → defines nothing, and does not fail", () => {
  const script = `await import(${JSON.stringify(`file://${served.folder}/element.js`)});
    console.log(typeof HTMLElement, typeof customElements);`;
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(said.trim()).toBe("undefined undefined");
});
