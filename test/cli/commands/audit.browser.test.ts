/** `vl-reward audit` with the engine: every edit is scored, kept, and not scored again. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EMBEDDED_ROOT } from "../../../testing/held-out.ts";
import { callCli } from "../shell.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-audit-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("audit: two rows with pictures → all families, reliance; the same call scores nothing", async () => {
  const pairs = await readFile(`${EMBEDDED_ROOT}heldout/pairs.jsonl`, "utf8");
  await writeFile(path.join(folder, "rows.jsonl"), `${pairs.split("\n").slice(0, 2).join("\n")}\n`);
  const rewrite = {
    id: "scene_color-00",
    attribute: "terse",
    response: "chosen",
    has: false,
    rewrite: "Red.",
    back: "It is red.",
  };
  await writeFile(path.join(folder, "rewrites.jsonl"), `${JSON.stringify(rewrite)}\n`);
  const args = ["audit", "rows.jsonl", "--images", EMBEDDED_ROOT, "--rewrites", "rewrites.jsonl"];
  const call = [...args, "--output", "out", "--resamples", "50"];
  const first = await callCli(folder, call);
  expect(first.code, first.err).toBe(0);
  const report = JSON.parse(await readFile(path.join(folder, "out/report.json"), "utf8"));
  const names = report.results.map(({ name }: { name: string }) => name);
  for (const name of [
    "flattery",
    "empty answer",
    "spelled control tokens",
    "stated belief",
    "no picture",
    "another row's picture",
    "blank",
    "JPEG quality 10",
    "terse",
  ]) {
    expect(names).toContain(name);
  }
  expect(
    report.results.every(({ verdict }: { verdict: string }) => verdict === "too few to say"),
  ).toBe(true);
  expect(report.position.rows).toBe(2);
  expect(report.position.largest).toBeLessThan(2e-5);
  expect(report.visualReliance.pairs).toBe(2);
  const scores = await readFile(path.join(folder, "out/scores.jsonl"), "utf8");
  const again = await callCli(folder, call);
  // No adapter: no engine was started.
  expect(again.err).not.toContain("adapter:");
  expect(again.out).toBe(first.out);
  expect(await readFile(path.join(folder, "out/scores.jsonl"), "utf8")).toBe(scores);
}, 300_000);
