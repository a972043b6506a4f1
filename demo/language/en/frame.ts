/** The frame: header, model chip, about, what to do without WebGPU. */

export interface FrameWords {
  readonly views: Readonly<Record<"score" | "rank" | "label" | "report" | "models", string>>;
  readonly navigation: string;
  pageTitle(view: string): string;
  readonly skip: string;
  readonly theme: Readonly<Record<"auto" | "light" | "dark", string>>;
  readonly otherLanguage: string;
  readonly about: string;
  readonly close: string;
  readonly chip: {
    readonly label: string;
    readonly none: string;
    readonly failed: string;
    readonly paused: string;
    readonly noWebGpu: string;
    starting(percent: string | undefined): string;
    /** Another model on its way. */
    next(name: string, percent: string | undefined): string;
  };
  readonly builtIn: string;
  readonly builtInLimits: string;
  readonly card: {
    readonly title: string;
    readonly name: string;
    readonly form: string;
    readonly forms: Readonly<Record<"stored" | "q8" | "q4", string>>;
    readonly head: string;
    readonly knows: string;
    readonly unknownLimits: string;
    readonly limit: string;
    tokens(count: string): string;
    readonly calibration: string;
    readonly adapter: string;
    readonly kernels: string;
    readonly chosen: Readonly<Record<"given" | "adapter" | "timed" | "remembered", string>>;
    readonly quantised: string;
    readonly loading: string;
    readonly start: string;
    firstScore(time: string): string;
    readonly scoring: string;
    readonly pictures: string;
    readonly text: string;
    readonly total: string;
    readonly software: string;
    readonly change: string;
    notes(count: number): string;
  };
  readonly sessions: {
    readonly title: string;
    readonly kept: string;
    readonly notKept: string;
    readonly again: string;
    readonly begin: string;
    readonly export: string;
    readonly import: string;
    readonly name: string;
    readonly save: string;
    readonly rename: string;
    readonly remove: string;
    readonly goOn: string;
    readonly open: string;
    readonly untitled: string;
    readonly full: string;
    readonly elsewhere: string;
    openOf(name: string): string;
    renameOf(name: string): string;
    removeOf(name: string): string;
    deleted(name: string): string;
    opened(name: string): string;
    blocked(reason: string): string;
    unreadable(reason: string): string;
  };
  temperature(t: string, pairs: string): string;
  readonly uncalibrated: string;
  readonly foot: {
    readonly stays: string;
    firstScore(time: string): string;
    readonly software: string;
    readonly howDoYouKnow: string;
  };
  readonly aboutPanel: {
    readonly title: string;
    readonly what: string;
    readonly meaning: string;
    readonly privacyTitle: string;
    readonly privacy: string;
    readonly checkTitle: string;
    readonly check: readonly string[];
    readonly prove: string;
    readonly proving: string;
    refused(count: number): string;
    open(names: string): string;
    readonly requestsTitle: string;
    requests(count: string): string;
    readonly requestFor: string;
    readonly requestCount: string;
    readonly requestBytes: string;
    readonly purposes: Readonly<Record<"page" | "builtIn" | "hub" | "named", string>>;
    yoursSent(bytes: string): string;
    readonly requestHint: string;
    readonly everyRequest: string;
    olderRequests(count: string): string;
    readonly keysTitle: string;
    readonly keysOn: string;
    readonly keys: readonly (readonly [string, string])[];
    readonly licence: string;
    readonly source: string;
  };
  readonly offline: {
    readonly title: string;
    yes(bytes: string): string;
    readonly filling: string;
    no(reason: string): string;
    readonly why: Readonly<
      Record<"unserved" | "none" | "saving", string> &
        Record<"full" | "changed" | "unreachable" | "failed", (detail: string) => string>
    >;
    readonly what: string;
    readonly update: string;
    readonly take: string;
    readonly wanted: string;
    elsewhere(tabs: number): string;
  };
  /** The question before a model is loaded that the page's address names. */
  readonly linked: Readonly<Record<"title" | "trust" | "load" | "drop", string>>;
  readonly noWebGpu: {
    readonly title: string;
    readonly httpsTitle: string;
    readonly reasons: Readonly<Record<"missing" | "insecure" | "no-adapter", string>>;
    readonly stillWorks: string;
    readonly recordedTitle: string;
    readonly recorded: string;
    readonly recordedPicture: string;
    readonly advice: Readonly<
      Record<"chrome" | "firefox" | "safari" | "ios", { readonly title: string }>
    >;
    updateChrome(version: number): string;
    readonly chromeTooOld: string;
    readonly chromeAcceleration: string;
    readonly chromeLinux: string;
    readonly chromeGpuPage: string;
    readonly chromeRemote: string;
    readonly firefoxUpdate: string;
    readonly firefoxConfig: string;
    readonly safariUpdate: string;
    readonly safariFlags: string;
    readonly iosUpdate: string;
    readonly closeOthers: string;
  };
  droppedElsewhere(view: string): string;
  readonly dropTable: string;
  readonly dropNothing: string;
}

export const frame: FrameWords = {
  views: { score: "Score", rank: "Rank", label: "Label", report: "Report", models: "Models" },
  navigation: "Views",
  pageTitle: (view) => `${view} · vl-reward`,
  skip: "Skip to the question",
  theme: {
    auto: "Colours: as the system",
    light: "Colours: light",
    dark: "Colours: dark",
  },
  otherLanguage: "日本語で表示",
  about: "About, privacy and keys",
  close: "Close",
  chip: {
    label: "The model that judges",
    none: "No model",
    failed: "The model failed",
    paused: "Paused",
    noWebGpu: "No WebGPU",
    starting: (percent) => (percent === undefined ? "Starting…" : `Loading ${percent}`),
    next: (name, percent) => `loading ${name}${percent === undefined ? "" : ` ${percent}`}`,
  },
  builtIn: "Built-in",
  builtInLimits: "charts and shapes only",
  card: {
    title: "The model that judges",
    name: "Model",
    form: "Weights",
    forms: { stored: "as published", q8: "8 bits", q4: "4 bits" },
    head: "Head",
    knows: "Knows",
    unknownLimits: "not measured: nothing here says what it was shown",
    limit: "Longest input",
    tokens: (count) => `${count} tokens`,
    calibration: "Calibration",
    adapter: "Adapter",
    kernels: "Kernels",
    chosen: {
      given: "as asked for",
      adapter: "known to suit this adapter",
      timed: "the fastest of those timed on this adapter",
      remembered: "the fastest when this adapter was first met",
    },
    quantised: "quantised",
    loading: "Loading",
    start: "Start",
    firstScore: (time) => `${time} to the first score`,
    scoring: "Scoring",
    pictures: "Pictures",
    text: "Text",
    total: "Total",
    software:
      "This is a software adapter: the processor plays the GPU. The scores are the same, but a real GPU is many times faster.",
    change: "Change the model",
    notes: (count) => `${count} ${count === 1 ? "note" : "notes"} from the engine`,
  },
  sessions: {
    title: "Sessions",
    kept: "Score and Rank are kept in this browser as you go: pictures, texts and scores.",
    notKept: "Nothing is kept now. Save the session as a file before you leave.",
    again: "Try again",
    begin: "New session",
    export: "Save as a file",
    import: "Open a file",
    name: "Name",
    save: "Save the name",
    rename: "Rename",
    remove: "Delete",
    goOn: "Open",
    open: "open now",
    untitled: "Untitled",
    full: "There is no room left on this disk: nothing more is kept. The page goes on.",
    elsewhere: "This session is open in another tab, or gone.",
    openOf: (name) => `Open ${name}`,
    renameOf: (name) => `Rename ${name}`,
    removeOf: (name) => `Delete ${name}`,
    deleted: (name) => `“${name}” is deleted.`,
    opened: (name) => `“${name}” is open.`,
    blocked: (reason) => `This browser keeps nothing for this page (${reason}). The page goes on.`,
    unreadable: (reason) => `Not all of the session can be read: ${reason}`,
  },
  temperature: (t, pairs) => `T = ${t}, measured on ${pairs} labelled pairs`,
  uncalibrated: "uncalibrated: T = 1 is assumed, not measured",
  foot: {
    stays: "Your picture and your words stay on this machine",
    firstScore: (time) => `${time} to the first score`,
    software: "software adapter: exact, and slow",
    howDoYouKnow: "How do you know?",
  },
  aboutPanel: {
    title: "About this page",
    what: "A reward model looks at a picture, a prompt and responses, and gives each response a number: how good people would find it. It runs in this browser.",
    meaning:
      "Scores have no unit and no fixed zero. Only differences between responses to the same prompt mean something: P(A preferred to B) = σ((score A − score B) / T).",
    privacyTitle: "Privacy",
    privacy:
      "Pictures, prompts, responses and scores never leave this machine. The page only fetches its own files, and files of a model that you ask for.",
    checkTitle: "How to check it",
    check: [
      "Open the developer tools, tab Network, and score: there is no new request.",
      "Switch the network off and score again: it works.",
      "The policy of the page (Content-Security-Policy) forbids forms and other targets.",
      "The engine runs in a worker that may connect to nothing once the model is loaded. Let it try:",
    ],
    prove: "Try every way to the network",
    proving: "Trying…",
    refused: (count) => `All ${count} ways were refused by this browser.`,
    open: (names) => `Not refused: ${names}.`,
    requestsTitle: "Requests of this tab",
    requests: (count) => `${count} so far, as this browser recorded them`,
    requestFor: "For",
    requestCount: "Requests",
    requestBytes: "Came",
    purposes: {
      page: "the files of this page",
      builtIn: "the built-in model",
      hub: "a model of the Hugging Face hub that you asked for",
      named: "an address that you named",
    },
    yoursSent: (bytes) => `Of your pictures, prompts and responses ${bytes} were sent.`,
    requestHint:
      "Each request only asks for a file and has no body. 0 B came from the cache, or from a server that does not tell its bytes.",
    everyRequest: "Each request, newest first",
    olderRequests: (count) => `${count} older ones are not listed.`,
    keysTitle: "Keys",
    keysOn: "Single keys work outside text fields",
    keys: [
      ["Ctrl or ⌘ + Enter", "score, or rank"],
      ["Alt + A", "add a response"],
      ["Alt + 1 … 8", "go to a response"],
      ["Alt + Delete", "remove the response in focus"],
      ["Esc", "stop, or close"],
      ["g, then s r l e m", "open Score, Rank, Label, Report, Models"],
      ["↑ ↓", "from row to row, on a Why? button"],
      ["w", "why this score"],
      ["c", "compare with the next response"],
      ["?", "this help"],
    ],
    licence: "MIT licence",
    source: "The built-in model was trained for this page on generated pictures and texts only.",
  },
  offline: {
    title: "Without the network",
    yes: (bytes) =>
      `Works offline: yes. This browser keeps the page and its built-in model, ${bytes}.`,
    filling: "Works offline: not yet. The page and its built-in model are being kept…",
    no: (reason) => `Works offline: no. The page is not kept because ${reason}.`,
    why: {
      unserved: "it is served without its service worker, as npm start does",
      none: "this browser keeps no pages here (a private window, or an address without HTTPS)",
      saving: "this browser is asked to save data",
      full: () => "there is no room left on the disk",
      changed: (file) => `the server's ${file} is not of this version`,
      unreachable: (file) => `${file} could not be fetched`,
      failed: (words) => `this browser refused: ${words}`,
    },
    what: "Models that you load are kept apart, and only if you ask for it under Models.",
    update: "A newer version of this page is here.",
    take: "Use it",
    wanted: "The newer version begins as soon as what runs is done.",
    elsewhere: (tabs) =>
      tabs === 1
        ? "Another tab has this page open. Close it first."
        : `${tabs} other tabs have this page open. Close them first.`,
  },
  linked: {
    title: "This link asks to load another model",
    trust: "It would be read from this address. Load it if you trust that place.",
    load: "Load it",
    drop: "Use the built-in model",
  },
  noWebGpu: {
    title: "Scoring needs WebGPU",
    httpsTitle: "Scoring needs HTTPS",
    reasons: {
      missing: "This browser has no WebGPU, which the engine computes with.",
      insecure:
        "Browsers give WebGPU only to pages served by HTTPS or from localhost. This page is served by plain HTTP.",
      "no-adapter": "This browser has WebGPU, but found no graphics adapter that it can use.",
    },
    stillWorks: "The other views are there: reports that need no new scores can still be read.",
    recordedTitle: "What you would see",
    recorded:
      "A recorded result: the reference implementation’s scores for the first example, not computed here.",
    recordedPicture: "A bar chart: red 5, blue 3, purple 8, green 6",
    advice: {
      chrome: { title: "Chrome, Edge and other Chromium browsers" },
      firefox: { title: "Firefox" },
      safari: { title: "Safari on a Mac" },
      ios: { title: "iPhone and iPad" },
    },
    updateChrome: (version) =>
      `This is version ${version}. Update to 113 or newer (121 on Android).`,
    chromeTooOld: "Update to version 113 or newer (121 on Android).",
    chromeAcceleration:
      "In Settings → System, turn on “Use graphics acceleration when available”, then restart the browser.",
    chromeLinux:
      "On Linux, open chrome://flags/#enable-unsafe-webgpu, choose Enabled, and restart.",
    chromeGpuPage:
      "Open chrome://gpu: the line “WebGPU” says what is missing, often a newer graphics driver.",
    chromeRemote:
      "In a remote desktop or a virtual machine there may be no GPU: open the page on the machine itself.",
    firefoxUpdate:
      "Update to version 141 or newer on Windows, 145 or newer on a Mac with Apple silicon.",
    firefoxConfig:
      "On other systems, open about:config and set dom.webgpu.enabled to true; Firefox Nightly works best.",
    safariUpdate: "Update to Safari 26 or newer.",
    safariFlags:
      "In older ones, tick “WebGPU” in Settings → Feature Flags (show the Develop menu first).",
    iosUpdate: "Update to iOS or iPadOS 26: every browser there then has WebGPU.",
    closeOthers:
      "Close other tabs that use the GPU, and restart the browser: it may have been shut off after a crash.",
  },
  droppedElsewhere: (view) => `The file belongs to ${view}: it was opened there.`,
  dropTable: "Drop it anywhere",
  dropNothing: "None of these files is a picture, a table or a model.",
};
