/** The rows of bench/isa.json as text: a table on the terminal, the file itself, and Markdown. */
import { bounds, brokenBounds } from "./bounds.ts";
import { gpus } from "./gpus.ts";
import type { Row } from "./rows.ts";

/** What bench/isa.json is. */
export interface Saved {
  /** The driver, in its own words. */
  readonly driver: string;
  readonly dawn: string;
  readonly rows: readonly Row[];
}

/** Returns rows in the order of the GPUs, then by name: so a diff shows what changed. */
export function inOrder(rows: readonly Row[]): Row[] {
  const place = new Map(gpus.map(({ name }, i) => [name, i]));
  const of = ({ gpu }: Row): number => place.get(gpu) ?? gpus.length;
  return rows.toSorted(
    (a, b) => of(a) - of(b) || (a.kernel < b.kernel ? -1 : a.kernel > b.kernel ? 1 : 0),
  );
}

/** Returns old rows with new ones in their place. */
export function merged(
  old: readonly Row[],
  fresh: readonly Row[],
  isReplaced: (row: Row) => boolean,
): Row[] {
  return inOrder([...old.filter((row) => !isReplaced(row)), ...fresh]);
}

/** Returns the text of bench/isa.json: one line a row. */
export function savedText({ driver, dawn, rows }: Saved): string {
  const lines = inOrder(rows).map((row) => `    ${JSON.stringify(row)}`);
  const head = `  "driver": ${JSON.stringify(driver)},\n  "dawn": ${JSON.stringify(dawn)},\n`;
  return `{\n${head}  "rows": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

const HEAD =
  "kernel                           role    regs spills  occupancy    FMA   ALU  bytes/FMA  loads  conflicts";

export function tableHead(): string {
  return HEAD;
}

/** Returns a line of the terminal's table. */
export function rowLine(row: Row): string {
  const { kernel, role, failed, registers, spills, occupancy = "", share, matrix, alu } = row;
  const head = `${kernel.padEnd(32)} ${role.padEnd(7)}`;
  if (failed !== undefined) return `${head} ${failed.slice(0, 110)}`;
  const much = matrix === undefined ? percent(share) : `${matrix}mx`;
  const cells = [
    String(registers).padStart(4),
    String(spills).padStart(6),
    ` ${occupancy.padEnd(11)}`,
    much.padStart(5),
    String(alu ?? "-").padStart(5),
    (row.sharedBytes?.toFixed(2) ?? "-").padStart(8),
    String(row.loads ?? "-").padStart(6),
    `  ${conflicts(row)}`,
  ];
  return `${head} ${cells.join(" ")}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? "-" : `${share.toFixed(0)} %`;
}

function conflicts({ loadConflicts, storeConflicts }: Row): string {
  if (!loadConflicts || !storeConflicts) return "-";
  return `ld ×${loadConflicts[0]} st ×${storeConflicts[0]}`;
}

/** Returns what chosen kernels reach beside what they are held to, as a table of Markdown. */
export function boundsTable(rows: readonly Row[]): string[] {
  const lines = [
    "| GPU | spills | matmul bf16 / q8 / q4 | bytes | attention 128 / 80 | bytes |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  for (const [gpu, own] of Object.entries(bounds)) {
    const chosen = rows.filter((row) => row.gpu === gpu && row.role === "chosen");
    if (chosen.length === 0) continue;
    const named = (name: string): Row | undefined =>
      chosen.find(
        ({ kernel }) =>
          kernel.startsWith(name.split("*")[0] ?? "") && kernel.endsWith(name.split("*")[1] ?? ""),
      );
    const shares = (names: readonly string[]): string =>
      names.map((name) => named(name)?.share?.toFixed(0) ?? "-").join(" / ");
    const bytes = (kind: string): string => {
      const all = chosen.filter(({ kernel }) => kernel.startsWith(kind));
      return Math.max(0, ...all.map(({ sharedBytes = 0 }) => sharedBytes)).toFixed(2);
    };
    const spills = Math.max(...chosen.map((row) => row.spills ?? 0));
    const { matmul, attention } = own;
    const cells = [
      gpu,
      `${spills} [${own.spills}]`,
      `${shares(["matmul*-bf16", "matmul*-q8", "matmul*-q4"])} %${matmul ? ` [${matmul.stored} / ${matmul.quantised}]` : ""}`,
      bytes("matmul"),
      `${shares(["attention*-128", "attention*-80"])} %${attention ? ` [${attention[128]} / ${attention[80]}]` : ""}`,
      bytes("attention"),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines;
}

/** Returns docs/compiled.md whole. */
export function document({ driver, dawn, rows }: Saved, text: string): string {
  const kernels = [...new Set(inOrder(rows).map(({ kernel }) => kernel))].toSorted();
  const shown = gpus.filter(({ name }) => rows.some(({ gpu }) => gpu === name));
  const cell = (gpu: string, kernel: string): string => {
    const row = rows.find((one) => one.gpu === gpu && one.kernel === kernel);
    if (!row) return "";
    if (row.failed !== undefined) return "refused";
    const { registers, spills = 0, share, matrix, role } = row;
    const much =
      matrix !== undefined
        ? `${matrix} matrix of ${row.alu}`
        : share === undefined
          ? ""
          : percent(share);
    const facts = [much, `${registers}r`, spills > 0 ? `${spills} spills` : ""].filter(Boolean);
    return role === "chosen" ? `**${facts.join(", ")}**` : facts.join(", ");
  };
  const wide = [
    `| kernel | ${shown.map(({ name }) => name).join(" | ")} |`,
    `| --- |${" --- |".repeat(shown.length)}`,
    ...kernels.map(
      (kernel) => `| ${kernel} | ${shown.map(({ name }) => cell(name, kernel)).join(" | ")} |`,
    ),
  ];
  const conflict = new Map<string, string>();
  for (const row of rows) if (row.loadConflicts) conflict.set(row.kernel, conflicts(row));
  const banks = [...conflict].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const broken = brokenBounds(rows);
  return [
    text.trimEnd(),
    "",
    `Compiled by ${driver}, Dawn for Node ${dawn}.`,
    "",
    "## What is asked, and what is reached",
    "",
    "In square brackets what a chosen kernel is held to; bytes are those of workgroup memory that a lane loads a product, at most 1.0 for a",
    "matmul and 2.2 for attention.",
    "",
    ...boundsTable(rows),
    "",
    broken.length === 0 ? "No bound is broken." : `${broken.length} bounds are broken:`,
    ...(broken.length === 0 ? [] : ["", ...broken.map((line) => `- ${line}`)]),
    "",
    "## Every kernel",
    "",
    "The share of multiply-adds among arithmetic instructions, registers, spills. Bold: chosen; else a rival.",
    "",
    ...wide,
    "",
    "## Bank conflicts",
    "",
    "Cycles of an access to workgroup memory over those without conflicts: the mean of loads and of stores.",
    "",
    "| kernel | conflicts |",
    "| --- | --- |",
    ...banks.map(([kernel, text_]) => `| ${kernel} | ${text_} |`),
    "",
  ].join("\n");
}
