/**
 * The page that measures a GPU: a button, progress, a table, and the table as text for an issue or
 * a chat.
 */
import { digits } from "../measure/digits.ts";
import { Device } from "../../src/gpu/device.ts";
import { chooseProfile } from "../../src/kernels/profile.ts";
import { measure } from "./measurements.ts";
import type { Measured } from "./measurements.ts";

/** The measurements of a line end after REPS repetitions, or after about BUDGET_MS milliseconds. */
const REPS = 7;
const BUDGET_MS = 10_000;

const start = element("start", HTMLButtonElement);
const copy = element("copy", HTMLButtonElement);
const progress = element("progress", HTMLProgressElement);
const status = element("status", HTMLElement);
const table = element("results", HTMLTableElement);

/** The last measurements. */
const lines: Measured[] = [];

void open();

async function open(): Promise<void> {
  const line = element("adapter", HTMLElement);
  try {
    const device = await Device.open();
    const profile = chooseProfile(device);
    const { name, software } = device.adapter;
    const note = software ? " It computes in software: only ratios mean something." : "";
    line.textContent = `Adapter: ${name}. Kernel profile: ${profile.name}.${note}`;
    const bench = { device, profile, reps: REPS, budgetMs: BUDGET_MS };
    start.addEventListener("click", () => void run(bench));
    copy.addEventListener(
      "click",
      () => void toClipboard(asText(`${name}, ${profile.name}`, factsOf(device))),
    );
    start.disabled = false;
  } catch (error) {
    line.textContent = error instanceof Error ? error.message : String(error);
  }
}

async function run(bench: Parameters<typeof measure>[0]): Promise<void> {
  lines.length = 0;
  start.disabled = true;
  copy.hidden = true;
  progress.hidden = false;
  progress.value = 0;
  table.hidden = false;
  table.tBodies[0]?.replaceChildren();
  status.textContent = "Measuring…";
  try {
    for await (const { done, lines: more } of measure(bench)) {
      progress.value = done;
      lines.push(...more);
      more.forEach(addRow);
    }
    status.textContent = "Done.";
    copy.hidden = false;
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error);
  }
  progress.hidden = true;
  start.disabled = false;
}

function cells(line: Measured): string[] {
  const { work, medianMs, lowestMs, highestMs, rate = "", share, rooflineMs, error } = line;
  const ms = (value: number | undefined): string =>
    value === undefined ? "" : `${digits(value)} ms`;
  const spread = [lowestMs, highestMs].filter((value) => value !== undefined).map(digits);
  return [
    work,
    ms(medianMs),
    spread.join(" to "),
    ms(rooflineMs),
    rate,
    share === undefined ? "" : `${(share * 100).toFixed(0)} %`,
    error === undefined ? "" : error.toExponential(1),
  ];
}

function addRow(line: Measured): void {
  const row = table.tBodies[0]?.insertRow();
  for (const text of cells(line)) {
    const cell = row?.insertCell();
    if (cell) cell.textContent = text;
  }
}

/** What decides which kernels run: features, and the sizes of subgroups. */
function factsOf({ gpu, adapter }: Device): string {
  const { subgroupMinSize, subgroupMaxSize } = adapter;
  const features = [...gpu.features].filter((name) => /subgroup|f16/.test(name)).toSorted();
  const limits = `${gpu.limits.maxComputeWorkgroupStorageSize} bytes of workgroup memory`;
  const subgroups = `subgroups of ${subgroupMinSize} to ${subgroupMaxSize}`;
  return `${features.join(", ") || "no features"}; ${subgroups}; ${limits}`;
}

/** A table in Markdown, with all that is needed to read it later. */
function asText(adapter: string, facts: string): string {
  return [
    `vl-reward on ${adapter}`,
    facts,
    `${new Date().toISOString().slice(0, 10)}, ${navigator.userAgent}`,
    "",
    "| work | median | spread | roofline | rate | share | error |",
    "|---|---|---|---|---|---|---|",
    ...lines.map((line) => `| ${cells(line).join(" | ")} |`),
  ].join("\n");
}

async function toClipboard(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = "Copied.";
  } catch {
    // Not allowed here: show it, selected, to be copied by hand.
    const area = document.createElement("textarea");
    area.value = text;
    area.rows = 12;
    area.readOnly = true;
    status.replaceChildren(area);
    area.select();
  }
}

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.querySelector(`#${id}`);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}
