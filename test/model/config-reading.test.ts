/**
 * config.json files that are odd but legal: read as transformers 5.23 reads them, or refused by
 * name. The cases are made by test/golden/oracle/read_configs.py, seed 11.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RewardError } from "../../src/errors.ts";
import { parseConfig } from "../../src/model/config.ts";
import type { ModelConfig } from "../../src/model/config.ts";

type Json = Record<string, unknown>;

interface Case {
  readonly base: string;
  readonly changes: readonly (readonly [string, string, unknown?])[];
  readonly expected: Json;
}

const FOLDER = new URL("configs/", import.meta.url);
const CASES = process.env["CONFIG_CASES"] ?? new URL("configs-read.jsonl", import.meta.url);

function changedConfig({ base, changes }: Case): Json {
  const config = JSON.parse(readFileSync(new URL(base, FOLDER), "utf8")) as Json;
  for (const change of changes) {
    const [section, field] = change;
    const own = section === "" ? config : (config[section] as Json);
    if (change.length > 2) own[field] = change[2];
    else delete own[field];
  }
  return config;
}

/** Returns what we read, in the form of the case's `expected`. */
function readingOf({ decoder, vision, imageTokenId, padTokenId }: ModelConfig, like: Json): Json {
  const { rope, qkvBias, outputBias, mlpBias } = decoder;
  const axes = [0, 1, 2].map((axis) => rope.pairAxes.filter((own) => own === axis).length);
  const seen = like["vision"] as Json | undefined;
  return {
    ...Object.fromEntries(Object.keys(like).map((key) => [key, (decoder as unknown as Json)[key]])),
    theta: rope.theta,
    ropeType: rope.scaling ? "llama3" : "default",
    section: rope.axes === 3 ? axes : like["section"],
    original: rope.scaling?.originalMaxPositionEmbeddings ?? null,
    pad: padTokenId ?? null,
    biases: [qkvBias, outputBias, mlpBias],
    ...(seen && {
      vision: Object.fromEntries(
        Object.keys(seen).map((key) => [key, (vision as unknown as Json)[key]]),
      ),
      image: imageTokenId,
    }),
  };
}

/** The biases that a class makes, of what its configuration says. */
function biasesOf({ biases, attentionBias, mlpBias }: Json): boolean[] {
  if (biases === "qkv") return [true, false, false];
  return [attentionBias === true, attentionBias === true, biases === "both" && mlpBias === true];
}

test("config: odd but legal files → read as transformers reads them, or refused by name", async () => {
  const lines = readFileSync(CASES, "utf8").split("\n").filter(Boolean);
  let equal = 0;
  for (const line of lines) {
    const one = JSON.parse(line) as Case;
    const { attentionBias: _, mlpBias: __, ...expected } = one.expected;
    let config: ModelConfig;
    try {
      config = await parseConfig(changedConfig(one));
    } catch (error) {
      expect(error).toBeInstanceOf(RewardError);
      continue;
    }
    const wanted = { ...expected, biases: biasesOf(one.expected) };
    expect(readingOf(config, expected), line).toEqual(wanted);
    equal += 1;
  }
  expect(equal).toBeGreaterThan(0.6 * lines.length);
});
