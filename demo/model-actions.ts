/** What happens in the Model view: look at a model, load it, and look after those that are kept. */
import type { StoredModel } from "../src/store/model-store.ts";
import { changeModel } from "./actions.ts";
import { faultOf } from "./faults.ts";
import { fitOf, recommended } from "./fit.ts";
import type { Fit } from "./fit.ts";
import { bytes, percent } from "./format.ts";
import { GIB } from "./models-state.ts";
import type { ModelsState } from "./models-state.ts";
import type { CallOptions, EngineClient } from "./engine-client.ts";
import type { Deletion, ModelChoice, ModelPlace } from "./protocol.ts";
import type { Page } from "./state.ts";

/** The model beside the page: small, exact, and nothing to keep. */
export function embeddedChoice(url: string): ModelChoice {
  return { from: url, keep: false, weights: "stored", memoryBudgetBytes: 6 * GIB };
}

export function changeModels(page: Page, change: Partial<ModelsState>): void {
  page.update({ models: { ...page.state.models, ...change } });
}

/** Another place or name: what was seen there before is not what is asked for now. */
export function askFor(page: Page, change: Partial<ModelsState>): void {
  changeModels(page, { ...change, seen: undefined, fault: undefined, form: undefined });
}

/** The place that the form names; a string that says what is missing where it names none. */
export function placeAsked(page: Page): { from: ModelPlace } | { missing: string; field: string } {
  const { place, hubId, url, chosen } = page.state.models;
  switch (place) {
    case "embedded":
      return { from: page.embeddedUrl };
    case "hub":
      return hubId.trim() === ""
        ? { missing: "Write the model’s name, such as org/name.", field: "hub-id" }
        : { from: hubId.trim() };
    case "url":
      return addressOf(url);
    case "disk":
      return chosen === undefined
        ? { missing: "Choose a folder or its files.", field: "model-folder" }
        : { from: chosen.from };
  }
}

function addressOf(url: string): { from: string } | { missing: string; field: string } {
  const text = url.trim();
  const address = text === "" ? undefined : URL.parse(text, document.baseURI);
  if (!address || !/^https?:$/.test(address.protocol)) {
    const missing = "Write the folder’s address, beginning with https://.";
    return { missing, field: "model-url" };
  }
  return { from: address.href };
}

/** Reads sizes and headers, and says what loading would do. */
export async function lookAt(page: Page): Promise<void> {
  const asked = placeAsked(page);
  if ("missing" in asked) {
    changeModels(page, { fault: { code: "input", message: asked.missing } });
    document.querySelector<HTMLElement>(`#${asked.field}`)?.focus();
    return;
  }
  const client = page.jobs.engine?.client;
  const { from } = asked;
  const { place, token: written } = page.state.models;
  const token = place === "hub" && written.trim() !== "" ? written.trim() : undefined;
  page.jobs.looking?.abort();
  const mine = new AbortController();
  page.jobs.looking = mine;
  changeModels(page, { isLooking: true, seen: undefined, fault: undefined });
  try {
    const inspection = await client?.call("inspect", { from, token }, { signal: mine.signal });
    if (page.jobs.looking === mine && inspection !== undefined) {
      changeModels(page, { seen: { from, token, inspection }, form: undefined });
      page.update({ announcement: `${inspection.name} was found.` });
    }
  } catch (error) {
    const fault = faultOf(error);
    if (page.jobs.looking === mine && fault.code !== "aborted") {
      changeModels(page, { fault });
    }
  } finally {
    if (page.jobs.looking === mine) {
      changeModels(page, { isLooking: false });
    }
  }
}

/** How the model that was seen fits, form by form, and the form that is chosen. */
export function fitsOf({ seen, budgetGiB, form }: ModelsState): {
  fits: readonly Fit[];
  best: Fit | undefined;
  chosen: Fit | undefined;
} {
  const fits = (seen?.inspection.needs ?? []).map((need) => fitOf(need, budgetGiB * GIB));
  const best = recommended(fits);
  return { fits, best, chosen: fits.find((fit) => fit.form === form) ?? best };
}

export function loadSeen(page: Page): void {
  const { models } = page.state;
  const { chosen } = fitsOf(models);
  if (models.seen === undefined || chosen === undefined) {
    return;
  }
  const { from, token, inspection } = models.seen;
  changeModel(page, {
    from,
    token,
    keep: models.keep && canKeep(page, inspection.name, inspection.isLocal),
    weights: chosen.form,
    memoryBudgetBytes: models.budgetGiB * GIB,
  });
  const look = (): void => void lookAfterKept(page);
  page.jobs.engine?.loaded.then(look, look);
}

/** Files of this machine are read where they are; the embedded model is the page's own. */
export function canKeep(page: Page, name: string, isLocal: boolean): boolean {
  return !isLocal && name !== page.embeddedUrl && name !== page.embeddedUrl.replace(/\/$/, "");
}

/** Fills the form with a kept model and looks at it: no network is needed. */
export async function useKept(page: Page, name: string): Promise<void> {
  const isAddress = /^https?:/.test(name);
  askFor(page, isAddress ? { place: "url", url: name } : { place: "hub", hubId: name });
  await lookAt(page);
}

/** Asks the store what it has. */
export async function lookAfterKept(page: Page): Promise<void> {
  await withClient(page, async (client) => {
    changeModels(page, { kept: await client.call("kept", {}), keptFault: undefined });
  });
}

/** Hashes a kept model again, and tells of it beside its name. @returns whether it is whole */
export async function checkKept(
  page: Page,
  how: "verify" | "repair",
  name: string,
): Promise<boolean> {
  const doing = how === "verify" ? "Checking" : "Repairing";
  const note = (text: string, isRunning: boolean, isDamaged = false): void =>
    changeModels(page, { note: { name, text, isRunning, isDamaged } });
  note(`${doing}…`, true);
  const options: CallOptions = {
    onDone: (done, total) => note(`${doing}: ${percent(done / Math.max(1, total))}`, true),
  };
  let isWhole = false;
  await withClient(page, async (client) => {
    const { ok, damagedBytes } = await client.call(how, { name }, options);
    const damage = bytes(damagedBytes);
    const found = ok ? "Every byte is as it was stored." : `${damage} are damaged.`;
    note(how === "repair" && ok ? `Whole again: ${damage} were replaced.` : found, false, !ok);
    isWhole = ok;
  });
  return isWhole;
}

/** The first press asks, the second one deletes. */
export async function removeKept(page: Page, asked: Deletion): Promise<void> {
  const { name, keepsCopies } = asked;
  const { doomed } = page.state.models;
  if (doomed?.name !== name || doomed.keepsCopies !== keepsCopies) {
    changeModels(page, { doomed: asked });
    return;
  }
  changeModels(page, { doomed: undefined, note: undefined });
  if (keepsCopies && !(await moveToCopy(page, name))) {
    return;
  }
  await withClient(page, async (client) => {
    changeModels(page, { kept: await client.call("remove", asked), note: undefined });
    const what = keepsCopies ? `The original files of ${name} were` : `${name} was`;
    page.update({ announcement: `${what} deleted.` });
  });
  document.querySelector<HTMLElement>("#kept-title")?.focus();
}

/** The quantised copies of a model that are whole as far as they were made; `checkKept` looks at their bytes. */
export function copiesOf(page: Page, name: string): readonly StoredModel[] {
  const models = page.state.models.kept?.models ?? [];
  return models.filter(({ copyOf, isComplete }) => copyOf === name && isComplete);
}

/**
 * Checks the copies of a model before they are all that is left of it, and loads the model from one where it is loaded: files
 * that are being read cannot be deleted.
 * @returns whether the original files can go
 */
async function moveToCopy(page: Page, name: string): Promise<boolean> {
  const copies = copiesOf(page, name);
  for (const copy of copies) {
    if (!(await checkKept(page, "verify", copy.name))) return false;
  }
  const { engine } = page.state;
  if (engine.kind !== "ready" || engine.model.name !== name) return true;
  const forms = copies.map(({ form }) => form);
  const { choice } = page.jobs;
  const weights = forms.find((form) => form === choice.weights) ?? forms[0];
  if (weights === undefined) return false;
  changeModel(page, { ...choice, weights });
  try {
    await page.jobs.engine?.loaded;
    return true;
  } catch {
    return false; // Whoever loads has said why.
  }
}

/** Asks the browser not to evict the store; it may answer by itself, or ask the person. */
export async function persistKept(page: Page): Promise<void> {
  changeModels(page, { isPersistent: await navigator.storage.persist() });
}

async function withClient(
  page: Page,
  work: (client: EngineClient) => Promise<void>,
): Promise<void> {
  const client = page.jobs.engine?.client;
  if (client === undefined) {
    return;
  }
  try {
    await work(client);
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code !== "aborted") {
      changeModels(page, { keptFault: fault, note: undefined });
    }
  }
}
