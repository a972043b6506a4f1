/** The hosts: how each is built, served and driven. The projects are in `examples/hosts`. */

/** What a person does in a page, and what it must then say. */
export interface Step {
  readonly name: string;
  /** What is clicked: a selector, `>>>` into shadow roots. Nothing for what is there by itself. */
  readonly click?: string;
  /** The sample's score, or a text. `element` reads the scores of `<vl-score>`. */
  readonly expected: "score" | "element" | RegExp;
  /** Where the text or the element is: `output`, or the first `vl-score`, by default. */
  readonly at?: string;
  /**
   * What is measured: the scripts of a score in this thread; the longest task of the page's thread
   * beside a worker; or that task and the scripts.
   */
  readonly measures?: "thread" | "task" | "worker";
  /** Another page than the first: a path, or `file:`, the first page opened as a file. */
  readonly page?: string;
  /** Errors in the console that belong to it. */
  readonly complaint?: RegExp;
}

export interface Host {
  readonly name: string;
  /** Programs of node_modules/.bin with arguments, or scripts of Node, in this order. */
  readonly build: readonly (readonly string[])[];
  /** The program that checks its types. */
  readonly types?: readonly string[];
  /** What is served: a folder of the project, or the program that serves it, on port PORT. */
  readonly serve: { readonly folder: string } | { readonly program: readonly string[] };
  /** Files of the package that the project has as they are: into the served folder. */
  readonly copies?: readonly string[];
  readonly policy: string;
  /** Headers beside the policy. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the folder is an extension, whose page is driven. */
  readonly extension?: boolean;
  /** Whether its bundler is asked for one pure function alone. */
  readonly shakes?: boolean;
  /** Whether the frame in the page is driven. */
  readonly frame?: boolean;
  readonly steps: readonly Step[];
}

const COMMON = "default-src 'none'; img-src 'self'; connect-src 'self'; worker-src 'self'";
const STRICT = `${COMMON}; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'`;
/** As strict, where scripts are trusted by name. */
const trusted = (...names: readonly string[]): string =>
  `${STRICT}; require-trusted-types-for 'script'; trusted-types ${["vl-reward#worker", ...names].join(" ")}`;

const THREAD: Step = {
  name: "scores in the page's thread",
  click: "#page",
  expected: "score",
  measures: "thread",
};
const WORKER: Step = {
  name: "scores in a worker",
  click: "#worker",
  expected: "score",
  measures: "worker",
};
const ELEMENT: Step = {
  name: "<vl-score> ranks",
  click: "vl-score >>> button",
  expected: "element",
};
/** Responses as a list, and what the element's event then sets. */
const listed = (name: string, id: string, best: string): readonly Step[] => {
  const click = `${id} >>> button`;
  return [
    { name: `<vl-score responses={${name}}> ranks`, click, at: id, expected: "element" },
    { name: `<vl-score responses={${name}}> tells its event`, click, at: best, expected: /^1$/ },
  ];
};
const LIST = listed("JSON", "#list", "#best");
const ALONE = ["browser/vl-reward.js", "browser/engine-worker.js"];

export const HOSTS: readonly Host[] = [
  {
    name: "plain",
    build: [],
    serve: { folder: "." },
    copies: [...ALONE, "browser/worker.js", "browser/element.js"],
    policy: trusted("lit-html"),
    steps: [
      THREAD,
      WORKER,
      ELEMENT,
      {
        name: "opened as a file: a sentence",
        page: "file:",
        at: "#from-file",
        expected: /^This page was opened as a file.*Serve its folder/s,
        complaint: /from origin 'null' has been blocked by CORS|ERR_FAILED/,
      },
    ],
  },
  {
    name: "import-map",
    build: [],
    serve: { folder: "." },
    copies: [...ALONE, "browser/worker.js"],
    policy: `${COMMON}; script-src 'self' IMPORT_MAP`,
    steps: [THREAD, WORKER],
  },
  {
    name: "vite",
    build: [["vite", "build"]],
    types: ["tsc"],
    serve: { folder: "dist" },
    policy: trusted(),
    steps: [THREAD, WORKER],
  },
  {
    name: "vite-dev",
    build: [],
    serve: { program: ["vite", "--port", "PORT", "--strictPort", "--host", "127.0.0.1"] },
    policy: "",
    steps: [
      { name: "scores in the page's thread, on the dev server", click: "#page", expected: "score" },
      { ...WORKER, name: "scores in a worker, on the dev server", measures: "task" },
    ],
  },
  {
    name: "webpack",
    build: [["webpack"]],
    types: ["tsc"],
    serve: { folder: "dist" },
    copies: ["index.html"],
    policy: trusted("webpack"),
    steps: [
      THREAD,
      WORKER,
      {
        name: "opened as a file: the error says what to do",
        page: "file:",
        click: "#worker",
        expected: /Serve the page over http/,
        complaint: /./,
      },
    ],
  },
  {
    name: "esbuild",
    build: [["node", "build.js"]],
    shakes: true,
    types: ["tsc"],
    serve: { folder: "dist" },
    copies: ["index.html"],
    policy: trusted(),
    steps: [THREAD, WORKER],
  },
  {
    name: "rollup",
    build: [["rollup", "-c"]],
    serve: { folder: "dist" },
    copies: ["index.html", "lib/engine-worker.js"],
    policy: trusted(),
    steps: [THREAD, WORKER],
  },
  {
    name: "next",
    build: [["next", "build"]],
    types: ["tsc"],
    serve: { program: ["next", "start", "-p", "PORT", "-H", "127.0.0.1"] },
    // Next writes scripts and styles into its pages.
    policy: `${COMMON}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'`,
    steps: [
      { name: "renders on the server", page: "html", expected: /<vl-score[^>]*prompt="Is purple/ },
      WORKER,
      ELEMENT,
      ...LIST,
    ],
  },
  {
    name: "react",
    build: [["vite", "build"]],
    types: ["tsc"],
    serve: { folder: "dist" },
    policy: trusted("lit-html"),
    steps: [WORKER, ELEMENT, ...LIST, ...listed("list", "#drawn", "#drawn-best")],
  },
  {
    name: "vue",
    build: [["vite", "build"]],
    types: ["vue-tsc"],
    serve: { folder: "dist" },
    policy: trusted("lit-html", "vue"),
    steps: [WORKER, ELEMENT],
  },
  {
    name: "svelte",
    build: [["vite", "build"]],
    types: ["svelte-check"],
    serve: { folder: "dist" },
    policy: trusted("lit-html", "svelte-trusted-html"),
    steps: [WORKER, ELEMENT],
  },
  {
    name: "extension",
    build: [],
    serve: { folder: "." },
    copies: [...ALONE, "model", "chart.png"],
    policy: "",
    extension: true,
    steps: [
      THREAD,
      WORKER,
      { name: "scores in its service worker", click: "#background", expected: "score" },
    ],
  },
  {
    name: "sandboxed-frame",
    build: [],
    serve: { folder: "." },
    copies: ALONE,
    policy: `${STRICT.replace("worker-src 'self'", "worker-src blob:")}; frame-src 'self'`,
    headers: { "access-control-allow-origin": "*" },
    frame: true,
    steps: [
      THREAD,
      {
        name: "a worker: says that it has no WebGPU",
        click: "#worker",
        expected: /WebGPU is missing. Load the model in the frame's own thread/,
      },
      {
        name: "the store: says what is missing",
        click: "#store",
        expected: /^model store: this page may not store files/,
      },
    ],
  },
  {
    name: "workers",
    build: [],
    serve: { folder: "." },
    copies: ALONE,
    policy: STRICT,
    steps: [
      { name: "module worker", click: "#module", expected: "score" },
      { name: "classic worker, import()", click: "#classic", expected: "score" },
      { name: "classic worker, importScripts", click: "#imported", expected: "score" },
      { name: "shared worker", click: "#shared", expected: "score" },
      { name: "an engine that tabs share", click: "#tabs", expected: "score" },
      { name: "service worker", click: "#service", expected: "score" },
    ],
  },
];
