/** Launches, products and bytes of a pass, and the time that data sheets allow. See README.md. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Form } from "../src/kernels/kernel.ts";
import { chooseProfile, profiles } from "../src/kernels/profile.ts";
import type { Profile } from "../src/kernels/profile.ts";
import { decoderWeights } from "../src/model/decoder.ts";
import { valueHeadWeights } from "../src/model/heads/mlp.ts";
import { Plan } from "../src/pass/plan.ts";
import { numberOf, UsageError, type Values } from "../tools/options.ts";
import { repository } from "../tools/repository.ts";
import { countPlan, leastSeconds } from "./bytes/count.ts";
import { dataSheets } from "./bytes/data-sheets.ts";
import type { DataSheet } from "./bytes/data-sheets.ts";
import { ShapeWeights } from "./bytes/shape-weights.ts";
import type { Saved } from "./isa/report.ts";
import type { Row } from "./isa/rows.ts";
import { digits } from "./measure/digits.ts";
import { recordPrefill } from "./native/prefill.ts";
import { decoders } from "./native/shapes.ts";

export const usage: string = `
npm run bench -- bytes [OPTIONS]: launches, products and bytes of a pass, and the time that data sheets allow

  --model SIZE    ${Object.keys(decoders).join(", ")}: 7B by default
  --tokens N      1000 by default
  --form FORM     f32, bf16 (the default), f16, q8, q4
  --launch US     microseconds of a launch besides its work, 5 by default: a guess. Browsers validate and encode, and a
                  GPU drains before a launch that reads what the last one wrote
`;

export const options = {
  model: { type: "string", default: "7B" },
  tokens: { type: "string", default: "1000" },
  form: { type: "string", default: "bf16" },
  launch: { type: "string", default: "5" },
} as const;

const FORMS: readonly Form[] = ["f32", "bf16", "f16", "q8", "q4"];

export async function run(values: Values<typeof options>): Promise<boolean> {
  const { model } = values;
  const form = FORMS.find((one) => one === values.form);
  if (form === undefined) {
    throw new UsageError(`--form: expected one of ${FORMS.join(", ")}, got ${values.form}`);
  }
  if (decoders[model] === undefined) {
    const known = Object.keys(decoders).join(", ");
    throw new UsageError(`--model: expected one of ${known}, got ${model}`);
  }
  const tokens = numberOf("tokens", values.tokens);
  const launch = numberOf("launch", values.launch, 0) / 1e6;
  const plan = passOf(model, form, tokens, profiles.get("shared")!);
  const counts = countPlan(plan.steps);
  const total = (key: "launches" | "products" | "least" | "asked"): number =>
    counts.reduce((sum, one) => sum + one[key], 0);
  console.log(`${model}, ${tokens} tokens, ${form}, profile shared\n`);
  console.log("| kernel | launches | 10⁹ products | MB, each buffer once | MB asked for |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const { kernel, launches, products, least, asked } of counts) {
    console.log(`| ${kernel} | ${launches} | ${cells(products, least, asked)} |`);
  }
  const sums = cells(total("products"), total("least"), total("asked"));
  console.log(`| all | ${total("launches")} | ${sums} |`);
  console.log(`\nAt data sheets' best (from memory), ${values.launch} µs a launch (guessed):\n`);
  console.log(
    "| GPU | profile | f32 products | bytes | launches | at least | by its code | tokens/s |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  const rows = savedRows();
  for (const sheet of dataSheets) {
    console.log(sheetLine(sheet, model, form, tokens, launch, rows));
  }
  return true;
}

function cells(products: number, least: number, asked: number): string {
  const found = [products === 0 ? "" : digits(products / 1e9), mega(least), mega(asked)];
  return found.join(" | ");
}

function mega(bytes: number): string {
  return digits(bytes / 1e6);
}

function savedRows(): readonly Row[] {
  const file = path.join(repository, "bench/isa.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Saved).rows : [];
}

/** Records a pass with a profile's tunings. */
export function passOf(model: string, form: Form, tokens: number, profile: Profile): Plan {
  const config = decoders[model];
  if (config === undefined) throw new Error(`no shapes of ${model}`);
  const held = new ShapeWeights(form);
  const weights = decoderWeights(held, config, "model.");
  const head = valueHeadWeights(held, config.hiddenSize);
  return recordPrefill(new Plan(profile), { config, weights, head }, tokens);
}

function sheetLine(
  { gpu, seen, tflops, gigabytes, isa }: DataSheet,
  model: string,
  form: Form,
  tokens: number,
  launch: number,
  rows: readonly Row[],
): string {
  const subgroups = { subgroupMinSize: 32, subgroupMaxSize: 32 };
  const adapter = { name: seen, software: false, ...subgroups, matrices: [] };
  const profile = chooseProfile({ adapter, has: () => false });
  const { steps } = passOf(model, form, tokens, profile);
  const counts = countPlan(steps);
  const sum = (key: "products" | "least"): number => counts.reduce((all, one) => all + one[key], 0);
  const limits = { products: (tflops * 1e12) / 2, bytes: gigabytes * 1e9, launch };
  const chosen = rows.filter((row) => row.gpu === isa && row.role === "chosen");
  const shareOf = (kernel: string): number => {
    const end = kernel.startsWith("matmul") ? `-${form}` : "-128";
    const kind = kernel.split("-")[0] ?? "";
    const row = chosen.find((one) => one.kernel.startsWith(kind) && one.kernel.endsWith(end));
    return (row?.share ?? Number.NaN) / 100;
  };
  const best = leastSeconds(steps, { ...limits, shareOf: () => 1 });
  const coded = leastSeconds(steps, {
    ...limits,
    shareOf: (kernel) => (/^(matmul|att)/.test(kernel) ? shareOf(kernel) : 1),
  });
  const ms = (seconds: number): string => `${digits(1000 * seconds)} ms`;
  const known = Number.isFinite(coded);
  const found = [
    gpu,
    profile.name,
    ms(sum("products") / limits.products),
    ms(sum("least") / limits.bytes),
    ms(launch * steps.length),
    ms(best),
    known ? ms(coded) : "-",
    digits(tokens / (known ? coded : best)),
  ];
  return `| ${found.join(" | ")} |`;
}
