/** The licences of all that is published or builds it: known, allowed, and written down. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { NOTICE, noticeText, refusedLicences } from "../../tools/notice.ts";
import { repository } from "../../tools/repository.ts";

test("licences: of packages that are published → permissive; of tools → also weak copyleft; none unknown", () => {
  expect(refusedLicences()).toEqual([]);
});

test("NOTICE.md: is what `node tools/run.mjs notice` writes", () => {
  expect(readFileSync(path.join(repository, NOTICE), "utf8")).toBe(noticeText());
});

test("NOTICE.md: names each direct dependency of both packages, with a licence text, and the weights", () => {
  const text = noticeText();
  for (const file of ["package.json", "cli/package.json"]) {
    const { dependencies } = JSON.parse(readFileSync(path.join(repository, file), "utf8")) as {
      dependencies: Readonly<Record<string, string>>;
    };
    for (const [name, version] of Object.entries(dependencies)) {
      if (name === "vl-reward") continue;
      expect(text).toContain(`| ${name} | ${version} |`);
      expect(text).toMatch(new RegExp(`^### .*${name.replaceAll("/", "\\/")} ${version}`, "m"));
    }
  }
  expect(text).toContain("weights/tiny-vl-reward");
});

test("LICENSE, NOTICE.md and SECURITY.md: there, and published with both packages' licence", () => {
  for (const file of ["LICENSE", NOTICE, "SECURITY.md"]) {
    expect(readFileSync(path.join(repository, file), "utf8").length).toBeGreaterThan(500);
  }
  const licence = readFileSync(path.join(repository, "LICENSE"), "utf8");
  for (const file of ["package.json", "cli/package.json"]) {
    const { license } = JSON.parse(readFileSync(path.join(repository, file), "utf8")) as {
      license: string;
    };
    expect(license).toBe("MIT");
    expect(licence).toMatch(/^MIT License/);
  }
});
