import { expect, test } from "vitest";
import { explain } from "../../../src/explain/explain.ts";
import { lineOf } from "../../../cli/commands/explain.ts";
import { anchorOf, explainHtml } from "../../../cli/reports/explain-html.ts";

const scorer = {
  score: async (conversations: readonly (readonly { content?: unknown }[])[]) =>
    conversations.map((one) => ({ value: String(one.at(-1)!.content).includes("yes") ? 2 : -1 })),
};
const messages = [{ role: "user", content: "Is <b>it</b> red?" }];
const responses = ["I think yes, it is.", "I think no, it is."] as const;

test("explain: a pair → the fields that the help names, effects in units of the margin", async () => {
  const line = lineOf("p&1", await explain(scorer, { messages, responses }));
  expect(Object.keys(line)).toEqual(
    expect.arrayContaining(["id", "margin", "contrast", "units", "picture", "truth", "scores"]),
  );
  expect(line).toMatchObject({ id: "p&1", margin: 3, picture: null });
  expect(line["contrast"]).toEqual([{ a: "yes", b: "no", effect: 3 }]);
  const [first] = line["units"] as Record<string, unknown>[];
  expect(first).toMatchObject({
    in: "a",
    text: "yes",
    start: 8,
    end: 11,
    effect: 3,
    standardError: 0,
  });
  expect(Object.keys(line["truth"] as object)).toEqual([
    "p",
    "comprehensiveness",
    "sufficiency",
    "stability",
    "verdict",
  ]);
  expect(JSON.parse(JSON.stringify(line))).toEqual(line);
});

test("explain, HTML: texts are escaped, the difference is marked, nothing is fetched", async () => {
  const explanation = await explain(scorer, { messages, responses });
  const html = explainHtml([{ id: "p&1", messages, responses, explanation, pictures: [] }]);
  expect(html).toContain("Is &#60;b&#62;it&#60;/b&#62; red?");
  expect(html).toContain("<mark>yes</mark>");
  expect(html).toContain(`id="${anchorOf("p&1")}"`);
  expect(html).toContain("A is ahead of B by 3.00.");
  expect(html).not.toMatch(/<script|https?:\/\//);
});
