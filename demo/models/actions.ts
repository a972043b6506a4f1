/** The actions of Models: they inspect and load a model, and manage the kept ones. */
import type { StoredModel } from "../../src/store/model-store.ts";
import { faultOf } from "../base/faults.ts";
import type { PageFault } from "../base/faults.ts";
import { focusOn } from "../base/form.ts";
import { bytes, percent } from "../base/format.ts";
import { latest } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { askLibrary } from "../engine/library-line.ts";
import type { CallOptions } from "../engine/library-line.ts";
import { changeModel, wayOf } from "../engine/next.ts";
import type { Way } from "../engine/next.ts";
import type { ModelChoice, ModelPlace } from "../engine/protocol.ts";
import { embeddedUrl, engine } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { fitOf, recommended } from "./fit.ts";
import type { Fit } from "./fit.ts";
import { isHubAddress, isHubName, modelNameIn } from "./hub-name.ts";
import type { Deletion } from "./protocol.ts";
import { GIB, models } from "./state.ts";
import type { ModelsState, PlaceKind } from "./state.ts";

/** Changes the place or name, and drops what was found for the old one. */
export function askFor(page: Page, change: Partial<ModelsState>): void {
  page.change(models, { ...change, seen: undefined, fault: undefined, form: undefined });
}

/** Returns the place that the form names, or what is missing in which field. */
export function placeAsked(page: Page): { from: ModelPlace } | { missing: string; field: string } {
  const { place, hubId, url, chosen } = page.get(models);
  switch (place) {
    case "embedded":
      return { from: embeddedUrl() };
    case "hub":
      return hubId.trim() === ""
        ? { missing: words().models.missingName, field: "hub-id" }
        : { from: modelNameIn(hubId) };
    case "url":
      return addressOf(url);
    case "disk":
      return chosen === undefined
        ? { missing: words().models.missingFiles, field: "model-folder" }
        : { from: chosen.from };
  }
}

function addressOf(url: string): { from: string } | { missing: string; field: string } {
  const text = url.trim();
  if (isHubAddress(text)) {
    return { from: modelNameIn(text) };
  }
  const address = text === "" ? undefined : URL.parse(text, document.baseURI);
  if (!address || !/^https?:$/.test(address.protocol)) {
    return { missing: words().models.missingAddress, field: "model-url" };
  }
  return { from: address.href };
}

/** Reads sizes and headers, and says what loading would do. */
export async function lookAt(page: Page): Promise<void> {
  const asked = placeAsked(page);
  if ("missing" in asked) {
    const { missing: message, field } = asked;
    page.change(models, { fault: { code: "input", message, field } });
    focusOn(field);
    return;
  }
  const { from } = asked;
  const { place, token: written } = page.get(models);
  // The token is the hub's: no other address gets it.
  const isOfHub = place === "hub" && typeof from === "string" && isHubName(from);
  const token = isOfHub && written.trim() !== "" ? written.trim() : undefined;
  page.change(models, { isLooking: true, seen: undefined, fault: undefined });
  await latest(
    page.jobs,
    "looking",
    (signal) => askLibrary("inspect", { from, token }, { signal }),
    {
      done(inspection) {
        page.change(models, { seen: { from, token, inspection }, form: undefined });
        announce(page, words().models.found(inspection.name));
      },
      failed: (fault) => page.change(models, { fault: atField(fault, place) }),
      ended: () => page.change(models, { isLooking: false }),
    },
  );
}

/** Attaches a fault of a name or an address to the field of the place. */
function atField(fault: PageFault, place: PlaceKind): PageFault {
  const fields = { hub: "hub-id", url: "model-url", disk: "model-folder", embedded: undefined };
  const field = fault.code === "input" ? fields[place] : undefined;
  return field === undefined ? fault : { ...fault, field };
}

/** Returns how the seen model fits, form by form, and which form is chosen. */
export function fitsOf({ seen, budgetGiB, form }: ModelsState): {
  fits: readonly Fit[];
  best: Fit | undefined;
  chosen: Fit | undefined;
} {
  const fits = (seen?.inspection.needs ?? []).map((need) => fitOf(need, budgetGiB * GIB));
  const best = recommended(fits);
  return { fits, best, chosen: fits.find((fit) => fit.form === form) ?? best };
}

/** Loads the model that was seen. The one in use goes on until it is ready. */
export async function loadSeen(page: Page): Promise<void> {
  const choice = choiceOf(page.get(models));
  if (choice === undefined) return;
  await changeModel(page, choice, () => void lookAfterKept(page));
}

/** Returns how the model that was seen would take the place of the one in use. */
export function wayOfSeen(page: Page): Way | undefined {
  const choice = choiceOf(page.get(models));
  return choice && wayOf(page, choice);
}

function choiceOf(asked: ModelsState): ModelChoice | undefined {
  const { chosen } = fitsOf(asked);
  if (asked.seen === undefined || chosen === undefined) return undefined;
  const { from, token, inspection } = asked.seen;
  return {
    from,
    token,
    keep: asked.keep && canKeep(inspection.name, inspection.isLocal),
    weights: chosen.form,
    memoryBudgetBytes: asked.budgetGiB * GIB,
    heldBytes: chosen.heldBytes,
  };
}

/** Returns false for files of this machine and for the embedded model, which need no copy. */
export function canKeep(name: string, isLocal: boolean): boolean {
  const embedded = embeddedUrl();
  return !isLocal && name !== embedded && name !== embedded.replace(/\/$/, "");
}

/** Fills the form with a kept model and looks at it: no network is needed. */
export async function useKept(page: Page, name: string): Promise<void> {
  const isAddress = /^https?:/.test(name);
  askFor(page, isAddress ? { place: "url", url: name } : { place: "hub", hubId: name });
  await lookAt(page);
}

/** Goes on with a download that was stopped: in the form that fits, kept as before. */
export async function resumeKept(page: Page, name: string): Promise<void> {
  await useKept(page, name);
  if (page.get(models).seen === undefined) return; // What is wrong was already reported.
  page.change(models, { keep: true });
  await loadSeen(page);
}

/** Asks the store what it has. */
export async function lookAfterKept(page: Page): Promise<void> {
  await withFaults(page, async () => {
    page.change(models, { kept: await askLibrary("kept", {}), keptFault: undefined });
  });
}

/** Hashes a kept model again, and reports beside its name. @returns whether it is whole */
export async function checkKept(
  page: Page,
  how: "verify" | "repair",
  name: string,
): Promise<boolean> {
  const say = words().models.kept;
  const doing = how === "verify" ? say.checking : say.repairing;
  const note = (text: string, isRunning: boolean, isDamaged = false): void =>
    page.change(models, { note: { name, text, isRunning, isDamaged } });
  note(`${doing}…`, true);
  const options: CallOptions = {
    onDone: (done, total) => note(say.doing(doing, percent(done / Math.max(1, total))), true),
  };
  let isWhole = false;
  await withFaults(page, async () => {
    const { ok, damagedBytes } = await askLibrary(how, { name }, options);
    const damage = bytes(damagedBytes);
    const found = ok ? say.isWhole : say.damaged(damage);
    note(how === "repair" && ok ? say.repaired(damage) : found, false, !ok);
    isWhole = ok;
  });
  return isWhole;
}

/** Deletes a kept model: the first press asks, the second one deletes. */
export async function removeKept(page: Page, asked: Deletion): Promise<void> {
  const { name, keepsCopies } = asked;
  const { doomed } = page.get(models);
  if (doomed?.name !== name || doomed.keepsCopies !== keepsCopies) {
    page.change(models, { doomed: asked });
    return;
  }
  page.change(models, { doomed: undefined, note: undefined });
  if (keepsCopies && !(await moveToCopy(page, name))) {
    return;
  }
  await withFaults(page, async () => {
    page.change(models, { kept: await askLibrary("remove", asked), note: undefined });
    const say = words().models.kept;
    announce(page, keepsCopies ? say.originalsDeleted(name) : say.deleted(name));
  });
  focusOn("kept-title");
}

/** Returns the complete quantised copies of a model; `checkKept` looks at their bytes. */
export function copiesOf(page: Page, name: string): readonly StoredModel[] {
  const kept = page.get(models).kept?.models ?? [];
  return kept.filter(({ copyOf, isComplete }) => copyOf === name && isComplete);
}

/**
 * Checks the copies of a model before its files are deleted. If the model is loaded, it is loaded
 * again from a copy: files in use cannot be deleted.
 * @returns whether the original files can be deleted
 */
async function moveToCopy(page: Page, name: string): Promise<boolean> {
  const copies = copiesOf(page, name);
  for (const copy of copies) {
    if (!(await checkKept(page, "verify", copy.name))) return false;
  }
  const { state, choice } = page.get(engine);
  if (state.kind !== "ready" || state.model.name !== name) return true;
  const forms = copies.map(({ form }) => form);
  const weights = forms.find((form) => form === choice.weights) ?? forms[0];
  if (weights === undefined) return false;
  return await changeModel(page, { ...choice, weights });
}

/** Asks the browser not to evict the store. The browser decides alone, or asks the person. */
export async function persistKept(page: Page): Promise<void> {
  page.change(models, { isPersistent: await navigator.storage.persist() });
}

/** Shows what fails beside the models that are kept. */
async function withFaults(page: Page, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code !== "aborted") {
      page.change(models, { keptFault: fault, note: undefined });
    }
  }
}
