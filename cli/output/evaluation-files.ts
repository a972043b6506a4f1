// Tested by: test/cli/commands/eval.test.ts
/** What evaluations read and write: their options, the judge, the three forms of a report. */

import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import type { AbReport } from "../../src/evaluate/ab.ts";
import type { EvaluationReport, Judge } from "../../src/evaluate/evaluate.ts";
import { abHtml, evaluationHtml } from "../reports/report-html.ts";
import { abMarkdown, evaluationMarkdown } from "../../src/evaluate/reports/report.ts";
import { parseJson } from "../../src/files/text-file.ts";
import { PREPROCESSOR_FILE, PROCESSOR_FILE, readImageConfig } from "../../src/image/config.ts";
import { RemoteRewardModel } from "../../src/remote/remote-reward-model.ts";
import { publicAddress } from "./clean.ts";
import { writeWhole } from "./output-file.ts";
import { oneOf, UsageError, type EngineArguments } from "../arguments.ts";
import type { Backend } from "../batch/batch-backend.ts";
import { locateModel } from "../chrome/locate-model.ts";

/**
 * Returns the judge as a report names it; with the pixel budget if the model is a folder here. A
 * server is asked for its model if the call does not name it.
 */
export async function judgeOf(
  engine: EngineArguments,
  backend: Backend | undefined,
): Promise<Judge> {
  if (backend !== undefined && (backend.model ?? engine.model) === undefined) {
    const apiKey = process.env["VL_REWARD_API_KEY"];
    return {
      model: await RemoteRewardModel.modelOf(backend.url, { apiKey }),
      backend: backend.url,
    };
  }
  const { name, folder } = await locateModel(engine.model);
  const [model = name, revision] =
    /^https?:/i.test(name) || folder !== undefined ? [name] : name.split("@");
  const budget = folder === undefined ? {} : await pixelBudget(folder);
  const common = {
    model: folder === undefined ? publicAddress(model) : path.basename(model),
    revision,
    ...budget,
  };
  if (backend === undefined) return { ...common, weights: engine.weights ?? "stored" };
  return { ...common, model: backend.model ?? common.model, backend: backend.url };
}

/** Returns the pixel budget that the engine will use for a folder; nothing for a text model. */
async function pixelBudget(folder: string): Promise<Pick<Judge, "minPixels" | "maxPixels">> {
  const [processor, preprocessor] = await Promise.all(
    [PROCESSOR_FILE, PREPROCESSOR_FILE].map(async (name) => {
      const file = path.join(folder, name);
      const text = await readFile(file, "utf8").catch(() => undefined);
      return text === undefined ? undefined : parseJson(text, file);
    }),
  );
  if (processor === undefined && preprocessor === undefined) return {};
  const { minPixels, maxPixels } = readImageConfig(processor, preprocessor, folder);
  return { minPixels, maxPixels };
}

/**
 * Writes report.json, report.md and report.html, and gives the Markdown.
 * @param links addresses of the explanations of pairs and prompts of the report
 */
export async function writeReport(
  folder: string,
  report: EvaluationReport | AbReport,
  links: ReadonlyMap<object, string> = new Map(),
): Promise<string> {
  await mkdir(folder, { recursive: true });
  // It takes a second to load, which no other command needs.
  const { parseHTML } = await import("linkedom");
  const { document } = parseHTML("<html><body></body></html>");
  const isEvaluation = report.kind === "evaluation";
  const html = isEvaluation
    ? evaluationHtml(report, document, links)
    : abHtml(report, document, links);
  const markdown = isEvaluation ? evaluationMarkdown(report) : abMarkdown(report);
  await writeWhole(path.join(folder, "report.json"), `${JSON.stringify(report, null, 1)}\n`);
  await writeWhole(path.join(folder, "report.md"), markdown);
  await writeWhole(path.join(folder, "report.html"), html);
  return markdown;
}

/** Says how many rows failed, and which file has the reasons. */
export function failedLine(failed: number, all: number, output: string): string {
  const reasons = path.join(output, "errors.jsonl");
  return `${failed} of ${all} rows could not be scored; the reason of each is in ${reasons}`;
}

/**
 * Ends an evaluation in which some rows failed: the numbers of the others would be those of another
 * benchmark. It removes the report of an earlier run, so that nobody reads it as this one's.
 * @throws InputError
 */
export async function refusePartial({
  output,
  failed,
  all,
  reason = "",
}: {
  readonly output: string;
  readonly failed: number;
  readonly all: number;
  readonly reason: string | undefined;
}): Promise<never> {
  for (const name of ["report.json", "report.md", "report.html"]) {
    await rm(path.join(output, name), { force: true });
  }
  throw new InputError({
    where: output,
    what: `there is no report: ${failedLine(failed, all, output)}. The first: ${reason}`,
    todo:
      "Mend them and call again, which keeps what is scored; " +
      "or report the others alone with --partial",
  });
}

/** A server in place of the engine. */
export const backendOptions = {
  backend: { type: "string" },
  "backend-model": { type: "string" },
  "no-probe": { type: "boolean" },
} as const;

export const backendHelp = `  --backend URL          a vLLM or SGLang server in place of the engine here; --backend-model and
                         --no-probe as vl-reward score --help has them
`;

/** Options of the bootstrap, for every report. */
export const bootstrapOptions = {
  resamples: { type: "string" },
  seed: { type: "string" },
} as const;

export const bootstrapHelp = `  --resamples N          of the bootstrap, 5000 by default
  --seed N               of the bootstrap, 1 by default
`;

/**
 * Reads the bootstrap's options.
 * @throws UsageError
 */
export function bootstrapArguments(values: {
  resamples?: string | undefined;
  seed?: string | undefined;
}): {
  resamples: number;
  seed: number;
} {
  return {
    resamples: wholeNumber("--resamples", values.resamples ?? "5000", 1),
    seed: wholeNumber("--seed", values.seed ?? "1", 0),
  };
}

/**
 * Reads a whole number of an option.
 * @throws UsageError
 */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== "") return value;
  throw new UsageError(`${option} takes a whole number from ${least}; got ${text}`);
}

/**
 * Reads one of the names, which must be given.
 * @throws UsageError
 */
export function requiredChoice<T extends string>(
  option: string,
  value: string | undefined,
  choices: readonly T[],
): T {
  if (value === undefined) throw new UsageError(`${option} is missing: ${choices.join(", ")}`);
  return oneOf(option, value, choices);
}
