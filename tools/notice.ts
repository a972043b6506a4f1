/**
 * `node tools/run.mjs notice`: writes NOTICE.md, the licences of all that is published with the
 * project or builds it. `--check` only compares; a test does the same.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readOptions } from "./options.ts";
import { repository } from "./repository.ts";

const usage =
  "node tools/run.mjs notice [--check]: writes the licences of dependencies and weights";
export const NOTICE = "NOTICE.md";

/** What may be used: all of them let others use, change and pass on. */
const PERMISSIVE =
  /^(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|Python-2\.0|CC0-1\.0)$/;
/** Tools of the build only: nothing of them is in what is published. */
const FOR_TOOLS = /^(MPL-2\.0|LGPL-3\.0-or-later|Apache-2\.0 AND LGPL-3\.0-or-later( AND MIT)?)$/;

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Known {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly isPublished: boolean;
  readonly folder: string;
}

/** Bundled into the page, though the packages do not depend on them. */
const OF_THE_PAGE: readonly string[] = ["lit"];

export async function main(args: readonly string[]): Promise<number> {
  const parsed = readOptions(args, usage, { check: { type: "boolean", default: false } });
  if (parsed === undefined) return 0;
  const text = noticeText();
  const file = path.join(repository, NOTICE);
  if (!parsed.values.check) {
    writeFileSync(file, text);
    return 0;
  }
  const isSame = existsSync(file) && readFileSync(file, "utf8") === text;
  if (!isSame)
    console.error(`${NOTICE}: is not of these dependencies. Run node tools/run.mjs notice`);
  return isSame ? 0 : 1;
}

/** Returns packages whose licences are not allowed where they are used. */
export function refusedLicences(): readonly string[] {
  return allPackages()
    .filter(
      ({ license, isPublished }) =>
        !PERMISSIVE.test(license) && (isPublished || !FOR_TOOLS.test(license)),
    )
    .map(({ name, version, license }) => `${name} ${version}: ${license}`);
}

/** Returns the whole file. */
export function noticeText(): string {
  const all = allPackages();
  const published = all.filter(({ isPublished }) => isPublished);
  const counts = new Map<string, string[]>();
  for (const { name, license, isPublished } of all) {
    if (!isPublished) counts.set(license, [...(counts.get(license) ?? []), name]);
  }
  const lines = [
    "# Notice",
    "",
    "Written by `node tools/run.mjs notice` from package-lock.json and the packages' own files; a test compares.",
    "",
    "## Weights",
    "",
    "`weights/tiny-vl-reward` was trained from scratch for this project, on pictures and texts that the project generates.",
    "No weights or data of others are in it. Its licence is the project's, MIT. Goldens in `test/golden/models` are random.",
    "",
    "## Packages that are part of what is published",
    "",
    "| package | version | licence |",
    "|---|---|---|",
    ...published.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`),
    "",
    "## Tools that build and test; nothing of them is published",
    "",
    ...[...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([license, names]) => `- ${license}: ${[...new Set(names)].toSorted().join(", ")}`),
    "",
    "## Texts",
    ...[...byText(published)].flatMap(([text, names]) => [
      "",
      `### ${names.join(", ")}`,
      "",
      "```",
      text,
      "```",
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Returns the packages of each text: many have the same. */
function byText(packages: readonly Known[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const one of packages) {
    const text = licenceText(one);
    found.set(text, [...(found.get(text) ?? []), `${one.name} ${one.version}`]);
  }
  return found;
}

/**
 * All packages of the lock file. Native builds for other machines are named once, by their parent.
 */
function allPackages(): readonly Known[] {
  const lock = JSON.parse(readFileSync(path.join(repository, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const published = closure(lock.packages, OF_THE_PAGE);
  return Object.entries(lock.packages)
    .filter(([folder, { link }]) => folder.startsWith("node_modules/") && link !== true)
    .map(([folder, { version = "", license = "unknown", dev, devOptional }]) => ({
      name: folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length),
      version,
      license,
      isPublished: (dev !== true && devOptional !== true) || published.has(folder),
      folder,
    }))
    .toSorted((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Returns the folders of packages and of all that they depend on. */
function closure(
  packages: Readonly<Record<string, LockedPackage>>,
  names: readonly string[],
): Set<string> {
  const found = new Set<string>();
  const add = (name: string): void => {
    const folder = `node_modules/${name}`;
    if (found.has(folder) || packages[folder] === undefined) return;
    found.add(folder);
    Object.keys(packages[folder].dependencies ?? {}).forEach(add);
  };
  names.forEach(add);
  return found;
}

/** Returns a package's own licence file. */
function licenceText({ folder, license }: Known): string {
  const own = path.join(repository, folder);
  const name = existsSync(own)
    ? readdirSync(own)
        .toSorted()
        .find((file) => /^(licen[cs]e|copying)(\.|$)/i.test(file))
    : undefined;
  if (name === undefined) return `${license}; the package has no file of its licence.`;
  return readFileSync(path.join(own, name), "utf8")
    .replaceAll("\r\n", "\n")
    .replaceAll("```", "'''")
    .trim();
}
