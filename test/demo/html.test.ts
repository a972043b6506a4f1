/** The inline scripts of the pages run: the policy names them by their hash. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test.each(["demo/index.html", "bench/page/bench.html"])(
  "%s: its policy → allows the scripts in it, and no other",
  (file) => {
    const html = readFileSync(file, "utf8");
    const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
      ([, script = ""]) => script,
    );
    const hashes = scripts.map((script) => createHash("sha256").update(script).digest("base64"));
    const allowed = [...html.matchAll(/'sha256-([^']+)'/g)].map(([, hash]) => hash);
    expect(scripts.length).toBeGreaterThan(0);
    expect(allowed).toEqual(hashes);
  },
);
