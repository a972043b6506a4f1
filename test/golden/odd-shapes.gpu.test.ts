/**
 * Random checkpoints of odd shapes against transformers: other head sizes, merges, patches, deepstack
 * lists, tables; pictures of one pixel and of strips, several of them, text around them. They are
 * made by oracle/families/odd_shapes.py into the folder that ODD_SHAPES names; without one this is
 * skipped.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import type { Message } from "../../src/types.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { tokenValueLimit, withPixels } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";

const ROOT = `${process.env["ODD_SHAPES"] ?? ""}/`;
const names = ROOT === "/" ? [] : readdirSync(`${ROOT}models`);

interface Line {
  readonly id: string;
  readonly input_ids: readonly number[];
  readonly token_values: readonly number[];
}

function lines<One>(file: string): One[] {
  const text = readFileSync(`${ROOT}${file}`, "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line): One => JSON.parse(line) as One);
}

test.skipIf(names.length > 0)("odd shapes: no folder in ODD_SHAPES → not run", (context) => {
  context.skip();
});

for (const name of names.filter((own) => existsSync(`${ROOT}golden-${own}.jsonl`))) {
  test(`odd shapes, ${name}: every case in one call → ids equal, token values within the limit`, async () => {
    const cases = lines<{ readonly messages: readonly Message[] }>("cases.jsonl");
    const goldens = lines<Line>(`golden-${name}.jsonl`);
    const source = fileSystemSource(`${ROOT}models/${name}`);
    await using model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
    const asked = cases.map(async ({ messages }) => await withPixels(messages, ROOT));
    const scores = await model.score(await Promise.all(asked));
    let worst = 0;
    for (const [i, { id, input_ids, token_values }] of goldens.entries()) {
      expect([...scores[i]!.tokenIds], id).toEqual(input_ids);
      for (const [token, value] of token_values.entries()) {
        const error = Math.abs(scores[i]!.tokenValues[token]! - value);
        expect(error, `${id}, token ${token}`).toBeLessThanOrEqual(tokenValueLimit(value));
        worst = Math.max(worst, error / Math.max(1, Math.abs(value)));
      }
    }
    console.log(`${name}: ${goldens.length} cases, largest difference ${worst.toExponential(1)}`);
  }, 900_000);
}
