/** Models: which model judges, what loading it means, and the models that are kept. */

export interface ModelWords {
  readonly title: string;
  readonly which: string;
  readonly meaning: string;
  readonly drop: string;
  readonly places: Readonly<Record<"embedded" | "hub" | "disk" | "url", string>>;
  readonly loaded: string;
  readonly seesPictures: string;
  readonly textOnly: string;
  readonly looking: string;
  readonly where: string;
  readonly look: string;
  readonly lookHint: string;
  readonly embeddedHint: string;
  readonly hubName: string;
  readonly hubPlaceholder: string;
  readonly hubToken: string;
  readonly hubTokenHint: string;
  readonly tried: {
    readonly title: string;
    readonly how: string;
    readonly uses: Readonly<Record<"picturesAndText" | "text" | "generated", string>>;
    takes(stored: string, q4: string): string;
  };
  readonly address: string;
  readonly addressHint: string;
  readonly chooseFolder: string;
  readonly chooseFiles: string;
  readonly orDrop: string;
  readonly missingName: string;
  readonly missingFiles: string;
  readonly missingAddress: string;
  found(name: string): string;
  readonly seen: SeenWords;
  readonly forecast: ForecastWords;
  readonly kept: KeptWords;
}

interface ForecastWords {
  readonly measure: string;
  readonly measuring: string;
  readonly hint: string;
  range(low: string, high: string): string;
  how(size: string, products: string): string;
  ofPicture(picture: string, text: string): string;
  ofText(tokens: string): string;
  readonly streamed: string;
}

interface SeenWords {
  readonly forms: Readonly<
    Record<"stored" | "q8" | "q4", { readonly name: string; readonly note: string }>
  >;
  readonly kind: string;
  kindOf(architecture: string, seesPictures: boolean): string;
  readonly files: string;
  readonly download: string;
  readonly keptWhere: string;
  readonly load: string;
  /** What becomes of the model in use. */
  readonly ways: {
    beside(used: string): string;
    store(used: string, budget: string): string;
    inPlace(used: string, budget: string): string;
  };
  inFiles(total: string, files: string): string;
  local(all: string): string;
  allKept(total: string): string;
  someKept(missing: string, all: string): string;
  downloadAll(all: string): string;
  readonly everyFile: string;
  readonly keptLocal: string;
  readonly keptWithPage: string;
  readonly keptNowhere: string;
  readonly keep: string;
  keepHint(offered: string | undefined): string;
  readonly tooLittleSpace: string;
  keepsAfter(download: string, kept: string): string;
  readonly budget: string;
  budgetHint(binding: string): string;
  readonly form: string;
  fitsBudget(budget: string): string;
  readonly smallest: string;
  resident(total: string): string;
  streamed(total: string, held: string): string;
  tight(total: string, held: string): string;
}

interface KeptWords {
  readonly title: string;
  readonly none: string;
  whole(total: string, files: string, since: string | undefined): string;
  unfinished(total: string): string;
  copy(forms: string, isOne: boolean, freed: string): string;
  readonly use: string;
  readonly resume: string;
  readonly onlyCopy: string;
  readonly delete: string;
  readonly keepIt: string;
  sure(freed: string): string;
  readonly check: string;
  readonly repair: string;
  readonly checking: string;
  readonly repairing: string;
  doing(what: string, share: string): string;
  readonly isWhole: string;
  damaged(amount: string): string;
  repaired(amount: string): string;
  deleted(name: string): string;
  originalsDeleted(name: string): string;
  space(used: string, offered: string): string;
  readonly mayGo: string;
  readonly stays: string;
  readonly refused: string;
  readonly ask: string;
}

export const models: ModelWords = {
  title: "The model that judges",
  which: "Which model",
  meaning: "What loading means",
  drop: "Drop the model’s folder anywhere",
  places: {
    embedded: "The one in this page",
    hub: "Hugging Face",
    disk: "This machine",
    url: "A web address",
  },
  loaded: "Loaded:",
  seesPictures: "pictures and text",
  textOnly: "text only",
  looking: "Reading sizes and headers…",
  where: "Where is the model?",
  look: "Look at it",
  lookHint:
    "Nothing is downloaded yet but sizes and headers. What leaves this machine: the requests for the model’s files, to the place that you name. Pictures, prompts, responses and scores never do.",
  embeddedHint:
    "A small model of 4 MB that was trained for this page: it knows bar charts and shapes, and little else.",
  hubName: "Name",
  hubPlaceholder: "org/name or org/name@revision",
  hubToken: "Access token, for gated and private models",
  hubTokenHint:
    "Optional. Sent to huggingface.co with the requests for this model, kept in this tab’s memory until you close it, and never stored.",
  tried: {
    title: "Models to try",
    how: "Their layouts were held against Hugging Face’s own code, with random weights. “Look at it” tells the download before it begins.",
    uses: {
      picturesAndText: "answers about pictures, and texts",
      text: "answers in text alone",
      generated: "generated pictures, by their prompts (Rank)",
    },
    takes: (stored, q4) => `${stored} on the GPU, ${q4} in 4 bits`,
  },
  address: "Address of the folder",
  addressHint:
    "The folder with config.json. Its server must answer range requests and allow this page (CORS).",
  chooseFolder: "Choose a folder",
  chooseFiles: "Choose its files",
  orDrop:
    "Or drop the folder anywhere on the page: config.json, tokenizer files and all safetensors.",
  missingName: "Write the model’s name, such as org/name.",
  missingFiles: "Choose a folder or its files.",
  missingAddress: "Write the folder’s address, beginning with https://.",
  found: (name) => `${name} was found.`,
  forecast: {
    measure: "How long would a score take here?",
    measuring: "Measuring…",
    hint: "Runs a few kernels of this model's shapes for some seconds. Nothing but headers is downloaded.",
    range: (low, high) => `about ${low} to ${high} s a score here`,
    how: (size, products) =>
      `An estimate for ${size}: ${products} · 10⁹ products, at the pace that kernels of these shapes had on this device just now.`,
    ofPicture: (picture, text) =>
      `one response, a picture of ${picture} tokens and ${text} tokens of text`,
    ofText: (tokens) => `one response, ${tokens} tokens of text in all`,
    streamed: "Reading the weights that do not stay on the GPU comes on top, at each score.",
  },
  seen: {
    forms: {
      stored: { name: "As stored", note: "exact" },
      q8: { name: "8 bits", note: "quantised while loading, nearly exact" },
      q4: { name: "4 bits", note: "quantised while loading, scores drift a little" },
    },
    kind: "Kind",
    kindOf: (architecture, seesPictures) =>
      `${architecture}: ${seesPictures ? "pictures and text" : "text only, no pictures"}`,
    files: "Files",
    download: "Download",
    keptWhere: "Kept",
    load: "Load",
    ways: {
      beside: (used) => `${used} goes on judging until this one is ready.`,
      store: (used, budget) =>
        `${used} goes on judging during the download. Both do not fit in the ${budget} you allow: ${used} is let go when this one moves to the GPU.`,
      inPlace: (used, budget) =>
        `Both do not fit in the ${budget} you allow, and nothing is downloaded to keep: ${used} is let go immediately.`,
    },
    inFiles: (total, files) => `${total} in ${files} files`,
    local: (all) => `${all}, read where they are: nothing is downloaded or copied.`,
    allKept: (total) => `nothing: all ${total} are kept here.`,
    someKept: (missing, all) => `${missing} of ${all}; the rest is here.`,
    downloadAll: (all) => `${all}.`,
    everyFile: "Every file",
    keptLocal: "Where they are, on this machine. Choose them again on the next visit.",
    keptWithPage: "With the page, by the browser’s own cache.",
    keptNowhere:
      "Nowhere: this browser keeps no files for this page (a private window?). The next visit downloads again.",
    keep: "In this browser, for this site only",
    keepHint: (offered) =>
      `A closed tab goes on where it stopped, and the next visit reads from disk.${offered === undefined ? "" : ` The browser offers ${offered} more.`}`,
    tooLittleSpace:
      "That is less than the download: when the space ends, the model is read without being kept.",
    keepsAfter: (download, kept) =>
      `Downloads ${download} once. A copy of ${kept} in this form is kept as well; the original files can be deleted then.`,
    budget: "Graphics memory that it may take",
    budgetHint: (binding) =>
      `Browsers do not tell how much there is. This adapter binds ${binding} in one piece at most; larger matrices are split.`,
    form: "Form of the weights",
    fitsBudget: (budget) => `fits the ${budget} you allow`,
    smallest: "the smallest",
    resident: (total) => `fits: all ${total} stay on the GPU`,
    streamed: (total, held) =>
      `${total}: ${held} are on the GPU at a time, the rest streams through, slower`,
    tight: (total, held) =>
      `${total}: needs ${held} at a time even when streamed, more than its share of this budget`,
  },
  kept: {
    title: "Kept in this browser",
    none: "No model yet.",
    whole: (total, files, since) =>
      `${total} in ${files} files${since === undefined ? "" : `, since ${since}`}`,
    unfinished: (total) => `${total} so far: the download was not finished`,
    copy: (forms, isOne, freed) =>
      `Its copy in ${forms} loads without these files: keeping ${isOne ? "only the copy" : "only the copies"} frees ${freed}. Lost with them are the exact weights and every other form, until they are downloaded again.`,
    use: "Use",
    resume: "Resume",
    onlyCopy: "Keep only the copy",
    delete: "Delete",
    keepIt: "Keep it",
    sure: (freed) => `Delete ${freed} for good`,
    check: "Check",
    repair: "Repair",
    checking: "Checking",
    repairing: "Repairing",
    doing: (what, share) => `${what}: ${share}`,
    isWhole: "Every byte is as it was stored.",
    damaged: (amount) => `${amount} are damaged.`,
    repaired: (amount) => `Whole again: ${amount} were replaced.`,
    deleted: (name) => `${name} was deleted.`,
    originalsDeleted: (name) => `The original files of ${name} were deleted.`,
    space: (used, offered) => `This site uses ${used} of the ${offered} that the browser offers.`,
    mayGo: "The browser may delete it when the disk is full.",
    stays: "The browser keeps it until you delete it.",
    refused: "The browser did not agree to keep it: it may delete it when the disk is full.",
    ask: "Ask the browser to keep it",
  },
};
