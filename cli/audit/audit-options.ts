// Tested by: test/cli/commands/audit.test.ts
/** The options that `audit` and `card` share. */
import path from "node:path";
import { engineArguments, requiredFolder, UsageError } from "../arguments.ts";
import { backendArguments } from "../batch/batch-backend.ts";
import { bootstrapArguments } from "../output/evaluation-files.ts";
import type { AuditJob } from "./run-audit.ts";

export const auditOptions = {
  // The engine's, the server's and the bootstrap's, spelled out: the type of an export is not
  // inferred from a spread.
  model: { type: "string" },
  weights: { type: "string" },
  residency: { type: "string" },
  adapter: { type: "string" },
  runtime: { type: "string" },
  "kernel-profile": { type: "string" },
  "chat-template": { type: "string" },
  head: { type: "string" },
  reward: { type: "string" },
  orientation: { type: "string" },
  alpha: { type: "string" },
  "allow-remote-images": { type: "boolean" },
  "image-host": { type: "string", multiple: true },
  quiet: { type: "boolean" },
  backend: { type: "string" },
  "backend-model": { type: "string" },
  "no-probe": { type: "boolean" },
  resamples: { type: "string" },
  seed: { type: "string" },
  output: { type: "string" },
  images: { type: "string" },
  "no-edits": { type: "boolean" },
  rewrites: { type: "string" },
  swaps: { type: "string" },
  effect: { type: "string" },
} as const;

export const auditHelp = `  ROWS…                  labelled pairs: {"id"?, "prompt" or "messages", "image"?, "chosen",
                         "rejected"}, or rows of TRL, LLaMA-Factory, ms-swift, MMPR and arenas. Other
                         short columns make groups; "chosen_X" with "rejected_X" are sources
  --output DIR           scores are kept there as they come: the same call goes on with them
  --images DIR           what paths of pictures are relative to; the first file's folder by default
  --no-edits             audits the rows as they are, and scores nothing edited
  --rewrites FILE        rewrites by attribute (RATE): {"id", "attribute", "response", "has",
                         "rewrite", "back"}, back being the rewrite of the rewrite
  --swaps FILE           names and pronouns to swap: a JSON list of pairs
  --effect X             the effect, in standard deviations, that should be found: 0.1 by default
`;

type Values = Partial<Record<keyof typeof auditOptions, string | boolean | string[]>>;

/** Returns the job that the options describe. @throws UsageError */
export function auditJob(
  values: Values,
  files: readonly string[],
  scores?: AuditJob["scores"],
): AuditJob {
  const text = (value: Values[keyof Values]): string | undefined =>
    typeof value === "string" ? value : undefined;
  const output = requiredFolder("--output", text(values.output));
  const [first] = files;
  if (first === undefined) throw new UsageError("no file given");
  return {
    files,
    output,
    folder: path.resolve(text(values.images) ?? path.dirname(first)),
    engine: engineArguments(values),
    backend: backendArguments(values),
    scores,
    hasEdits: values["no-edits"] !== true,
    rewrites: text(values.rewrites),
    swaps: text(values.swaps),
    wanted: { SD: effectOf(text(values.effect) ?? "0.1"), share: 0.1 },
    bootstrap: bootstrapArguments({ resamples: text(values.resamples), seed: text(values.seed) }),
  };
}

function effectOf(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--effect takes a number above 0; got ${text}`);
}
