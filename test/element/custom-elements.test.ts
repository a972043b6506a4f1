/** `custom-elements.json` against the element's source: everything in one is in the other. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Named {
  readonly name: string;
  readonly attribute?: string;
}
type Lists =
  | "attributes"
  | "members"
  | "events"
  | "slots"
  | "cssParts"
  | "cssProperties"
  | "cssStates";
interface Manifest {
  readonly modules: readonly {
    readonly declarations: readonly Record<Lists, readonly Named[]>[];
  }[];
}

const source = readFileSync("src/element/vl-score.ts", "utf8");
const types = readFileSync("src/element/types.ts", "utf8");
const manifest = JSON.parse(readFileSync("custom-elements.json", "utf8")) as Manifest;
const [declaration] = manifest.modules[0]!.declarations;

const named = (list: Lists): string[] => declaration![list].map(({ name }) => name).toSorted();
const tagged = (tag: string): string[] =>
  [...source.matchAll(new RegExp(`@${tag} (\\S+) `, "g"))]
    .map(([, name = ""]) => (name === "-" ? "" : name))
    .toSorted();

test.each([
  ["events", "fires"],
  ["slots", "slot"],
  ["cssParts", "csspart"],
  ["cssProperties", "cssprop"],
] as const)("custom-elements.json: %s → those of the source", (list, tag) => {
  expect(named(list).length).toBeGreaterThan(0);
  expect(named(list)).toEqual(tagged(tag));
});

test("custom-elements.json: attributes and properties → those that the class declares", () => {
  const block = /properties: PropertyDeclarations = \{(.*?)\n {2}\};/s.exec(source)?.[1] ?? "";
  const declared = block
    .split("\n")
    .filter((line) => line.includes("{") && !line.includes("state: true"))
    .map((line) => ({
      name: /(\w+):/.exec(line)?.[1] ?? "",
      attribute:
        /attribute: "([\w-]+)"/.exec(line)?.[1] ??
        (line.includes("attribute: false") ? undefined : /(\w+):/.exec(line)?.[1]),
    }));
  expect(named("attributes")).toEqual(
    declared.flatMap(({ attribute }) => attribute ?? []).toSorted(),
  );
  const fields = named("members");
  for (const { name } of declared) expect(fields).toContain(name);
  // All that a page may use is in the element's type, and the other way round.
  const typed = [...types.matchAll(/^ {2}(?:readonly )?(\w+)(?:\(\))?:/gm)].map(
    ([, name = ""]) => name,
  );
  const ofForms = ["form", "validity", "checkValidity", "reportValidity", "rank"];
  expect(typed.filter((name) => !ofForms.includes(name)).toSorted()).toEqual(fields);
});

test("custom-elements.json: states → the element's", () => {
  const states = /type ScoreState = (.*?);/s.exec(types)?.[1] ?? "";
  expect(named("cssStates")).toEqual(
    [...states.matchAll(/"(\w+)"/g)].map(([, one = ""]) => one).toSorted(),
  );
});
