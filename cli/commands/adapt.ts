// Tested by: test/cli/labels/labels.browser.test.ts
/**
 * `vl-reward adapt`: labels of pairs to a head that follows them, if that is worth it.
 */

import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { adaptHead, type Adaptation, type LabelledPair } from "../../src/adapt/adapt.ts";
import { learningCurve, type CurvePoint } from "../../src/adapt/curve.ts";
import { adaptedHead } from "../../src/adapt/head-file.ts";
import { at } from "../../src/base/at.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { resolveSource } from "../../src/files/resolve-source.ts";
import { targetOf, type Label } from "../../src/label/labels.ts";
import { readLinearHead } from "../../src/load/own-head.ts";
import { digestOfText } from "../../src/score/journal.ts";
import { engineArguments, engineHelp, engineOptions, parse, requiredFolder } from "../arguments.ts";
import { UsageError } from "../arguments.ts";
import { localSource } from "../chrome/local-source.ts";
import { locateModel } from "../chrome/locate-model.ts";
import type { Command } from "../command.ts";
import { featuresOf, type FeatureRow, type RowFeatures } from "../labels/feature-rows.ts";
import { adaptHtml, adaptMarkdown, type AdaptReport } from "../labels/adapt-report.ts";
import { readLabels } from "../labels/read-labels.ts";
import { judgeOf, wholeNumber } from "../output/evaluation-files.ts";
import { writeWhole } from "../output/output-file.ts";

const help = `
Usage: vl-reward adapt --labels LABELS.jsonl --output DIR

Fits the model's head to your own labels, and proves the gain on prompts that it left out. The
published head is where it starts: few labels move it little. Below 50 labels the temperature alone
is fitted. A head without a sure gain is not accepted: the published one is written in its place.

  --labels FILE      one pair a line: {"id", "messages", "responses": [a, b],
                     "label": "a"|"b"|"tie"|"both-bad", "rater"?, "probability"?, "random"?,
                     "repeat"?}, as the page's Label view saves them; or pairs of
                     chosen and rejected in any shape that score reads; may be repeated
  --output DIR       value_head.safetensors or score.safetensors, by the model's layout, for
                     --head, fromPretrained(…, { head }), TRL and transformers; for a head that
                     is more than one linear layer linear_head.safetensors, a linear head on its
                     features, for --head and fromPretrained only, and only if it is better;
                     adapt.json, report.md, report.html;
                     features.jsonl, so that a stopped call continues
  --images DIR       what paths of pictures are relative to; the first file's folder by default
  --seed N           of the intervals and the learning curve, 1 by default
${engineHelp}`;

const options = {
  ...engineOptions,
  labels: { type: "string", multiple: true },
  output: { type: "string" },
  images: { type: "string" },
  seed: { type: "string" },
} as const;

export const adaptCommand: Command = {
  summary: "fit the head to your labels, if that is worth it",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    const files = values.labels ?? [];
    const [first] = files;
    if (first === undefined) throw new UsageError("--labels is missing");
    const output = requiredFolder("--output", values.output);
    const seed = wholeNumber("--seed", values.seed ?? "1", 0);
    const engine = engineArguments(values);
    if (engine.head !== undefined) {
      throw new UsageError("--head does not go with adapt: it starts from the published head");
    }
    const { labels, warnings } = await readLabels(files);
    if (!engine.quiet) for (const line of warnings) context.log(`warning: ${line}`);
    const { name, folder } = await locateModel(engine.model);
    const source = folder === undefined ? resolveSource(name, {}) : localSource(folder);
    const head = await readLinearHead(await openCheckpoint(source, { signal: context.signal }));
    const judge = await judgeOf(engine, undefined);
    await mkdir(output, { recursive: true });
    const job = {
      rows: rowsOf(labels),
      file: path.join(output, "features.jsonl"),
      folder: path.resolve(values.images ?? path.dirname(first)),
      judge,
      engine,
    };
    const features = await featuresOf(job, context);
    // A pair that a rater labelled twice counts once: its second label is for self-agreement.
    const own = labels.filter(({ isRepeat }) => !isRepeat);
    const pairs = own.map((label) => labelledPair(label, features));
    const isLinear = head !== undefined;
    const adaptation = adaptHead(pairs, { seed, isLinear });
    const curve = learningCurve(pairs, adaptation.lambda ?? Infinity, { seed, isLinear });
    const base = head ?? { features: adaptation.change.length };
    const from = { model: name, labels: String(own.length) };
    const { name: headName, bytes } = adaptedHead(base, adaptation, from);
    // A head that is more than one layer stays as it is unless the new one is better.
    const isWritten = isLinear || adaptation.accepted;
    const headPath = path.join(output, headName);
    if (isWritten) await writeWhole(headPath, bytes);
    else await rm(headPath, { force: true });
    const more = { model: judge, headName: isWritten ? headName : null, seed };
    const report = reportOf(adaptation, curve, more);
    await writeWhole(path.join(output, "adapt.json"), `${JSON.stringify(report, null, 1)}\n`);
    const markdown = adaptMarkdown(report);
    await writeWhole(path.join(output, "report.md"), markdown);
    const { parseHTML } = await import("linkedom");
    const { document } = parseHTML("<html><body></body></html>");
    await writeWhole(path.join(output, "report.html"), adaptHtml(report, document));
    context.print(markdown.trimEnd());
    if (!engine.quiet && isWritten) context.log(`head: ${headPath}`);
    return 0;
  },
};

/** Returns a row for each pair: several raters may have labelled it. */
function rowsOf(labels: readonly Label[]): FeatureRow[] {
  const rows = new Map<string, FeatureRow>();
  for (const label of labels) {
    const digest = digestOf(label);
    if (rows.has(digest)) continue;
    const conversations = label.responses.map((turns) => [...label.messages, ...turns]);
    rows.set(digest, { id: digest, where: label.where, digest, conversations });
  }
  return [...rows.values()];
}

/** The order of the responses counts: features are of the first minus the second. */
function digestOf({ messages, responses }: Label): string {
  return digestOfText(JSON.stringify([messages, responses]));
}

function labelledPair(label: Label, features: ReadonlyMap<string, RowFeatures>): LabelledPair {
  const { scores, features: states } = at([features.get(digestOf(label))], 0);
  const [a, b] = [at(states, 0), at(states, 1)];
  return {
    features: Float64Array.from(a, (value, k) => value - at(b, k)),
    margin: at(scores, 0) - at(scores, 1),
    target: targetOf(label.label),
    prompt: label.prompt,
    weight: 1 / label.probability,
    isRandom: label.isRandom,
  };
}

function reportOf(
  { change: _change, lambda, judge, labels, gain, gainError, ...rest }: Adaptation,
  curve: readonly CurvePoint[],
  more: Pick<AdaptReport, "model" | "headName" | "seed">,
): AdaptReport {
  return {
    ...rest,
    ...more,
    // JSON has no ∞, which is the published head.
    lambda: lambda === undefined || !Number.isFinite(lambda) ? null : lambda,
    gain: gain ?? null,
    gainError: gainError ?? null,
    labels: labels.all,
    counts: labels,
    head: judge,
    curve,
  };
}
