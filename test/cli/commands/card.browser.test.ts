/** `vl-reward card` with the engine, and its anchors through `score` and `monitor`. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EMBEDDED_ROOT } from "../../../testing/held-out.ts";
import { plantedReference } from "../../../testing/trust/planted-drift.ts";
import { callCli } from "../shell.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-card-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("card: without edits → card, files and anchors; anchors scored again → nothing changed", async () => {
  const pairs = await readFile(`${EMBEDDED_ROOT}heldout/pairs.jsonl`, "utf8");
  await writeFile(path.join(folder, "rows.jsonl"), `${pairs.split("\n").slice(0, 6).join("\n")}\n`);
  await writeFile(path.join(folder, "about.md"), "For <bars>.\n\nNot for photographs.\n");
  const args = [
    "rows.jsonl",
    "--about",
    "about.md",
    "--images",
    EMBEDDED_ROOT,
    "--no-edits",
    "--resamples",
    "50",
  ];
  const made = await callCli(folder, ["card", ...args, "--output", "out"]);
  expect(made.code, made.err).toBe(0);
  const text = await readFile(path.join(folder, "out/card.md"), "utf8");
  expect(text).toContain("# Card of tiny-vl-reward");
  expect(text).toContain("e3adbebaf8aa7184d40c85ff8a3c4bb05c72114b20600b01886b70d8ab362836");
  expect(text).toContain("Anchors: 6 inputs");
  const html = await readFile(path.join(folder, "out/card.html"), "utf8");
  expect(html).toContain(
    "<p>For &lt;bars&gt;.</p><p>Not for photographs.</p>".replace("</p><p>", "</p>\n<p>"),
  );
  expect(html).toContain("To make it again");
  expect(html).not.toMatch(/<script|<link|src=|url\(/);
  const again = ["--input", "out/anchors.jsonl", "--output", "now.jsonl", "--token-values"];
  const scored = await callCli(folder, ["score", ...again]);
  expect(scored.code, scored.err).toBe(0);
  // Traffic of the reference's own: only the anchors are asked about here.
  const traffic = plantedReference(1, 40).filter((row) => row["anchor"] !== true);
  const anchors = await readFile(path.join(folder, "out/anchors-scores.jsonl"), "utf8");
  const lines = traffic.map((row) => `${JSON.stringify(row)}\n`).join("");
  await writeFile(path.join(folder, "reference.jsonl"), anchors + lines);
  const files = ["--reference", "reference.jsonl", "--run", "now.jsonl", "--output", "monitor"];
  const watched = await callCli(folder, ["monitor", ...files]);
  expect(watched.code, watched.err).toBe(0);
  const report = JSON.parse(await readFile(path.join(folder, "monitor/report.json"), "utf8"));
  expect(report.anchors).toMatchObject({
    anchors: 6,
    otherTokens: 0,
    changed: 0,
    verdict: "none",
  });
}, 300_000);
