/** What an audit scores: the edits of each row, and where each score belongs. */
import { expect, test } from "vitest";
import { at } from "../../src/base/at.ts";
import { defaultSwaps, swapEdit } from "../../src/audit/edits.ts";
import { pixelEditNames } from "../../src/audit/picture-edits.ts";
import { NO_PICTURE, OTHER_PICTURE, planAudit, type PlannedRow } from "../../src/audit/plan.ts";
import type { EvaluationRow } from "../../src/evaluate/rows.ts";

function rowOf(id: string, more: Partial<EvaluationRow> = {}): EvaluationRow {
  return {
    id,
    digest: id,
    cluster: id,
    group: "all",
    pictures: [`${id}.png`],
    prompt: "Is he tall?",
    history: [],
    responses: ["Yes.", "**No**, she is."],
    rightCount: 1,
    isSwapped: false,
    unsupported: undefined,
    where: id,
    ...more,
  };
}

const options = { canEditPixels: true, swaps: swapEdit(defaultSwaps), rewrites: [] };

/** The planned row of an edit of a base row, and the text that it scores for a response. */
function planned(plan: readonly PlannedRow[], base: number, edit: string, response: number) {
  for (const one of plan) {
    const i = one.places.findIndex((places) =>
      places.some((place) => place.edit === edit && place.response === response),
    );
    if (one.base === base && i >= 0) return { row: one.row, text: at(one.row.responses, i), one };
  }
  return undefined;
}

test("plan: two rows with pictures → every edit, texts at their places, nothing twice", () => {
  const rows = [rowOf("a"), rowOf("b")];
  const plan = planAudit(rows, options);
  expect(planned(plan, 0, "strip markdown", 1)?.text).toBe("No, she is.");
  expect(planned(plan, 0, "strip markdown", 0)).toBeUndefined();
  expect(planned(plan, 1, "empty answer", 1)?.text).toBe("");
  expect(planned(plan, 0, "swapped order", 0)?.one.row.responses).toEqual([
    "**No**, she is.",
    "Yes.",
  ]);
  expect(planned(plan, 0, "swapped order", 0)?.text).toBe("Yes.");
  expect(planned(plan, 0, "belief in 1", 0)?.row.prompt).toBe(
    "Is he tall? I think the answer is: **No**, she is.",
  );
  expect(planned(plan, 0, "names and pronouns", 1)).toMatchObject({
    row: { prompt: "Is she tall?" },
    text: "**No**, he is.",
  });
  expect(planned(plan, 0, NO_PICTURE, 0)?.row.pictures).toEqual([]);
  expect(planned(plan, 0, OTHER_PICTURE, 1)?.row.pictures).toEqual(["b.png"]);
  expect(planned(plan, 1, OTHER_PICTURE, 1)?.row.pictures).toEqual(["a.png"]);
  for (const name of pixelEditNames) {
    expect(planned(plan, 0, name, 0)?.one.pixelEdit).toBe(name);
    expect(planned(plan, 0, name, 0)?.row.pictures).toEqual(["a.png"]);
  }
  const keys = plan.map(({ row }) => `${row.id} ${row.digest}`);
  expect(new Set(keys).size).toBe(keys.length);
  // Two edits with one text are scored once: both answers of a row made empty.
  const edited = plan.find(({ row }) => row.id === "a (edited responses)");
  expect(edited?.places[edited.row.responses.indexOf("")]).toHaveLength(2);
  expect(new Set(edited?.row.responses).size).toBe(edited?.row.responses.length);
});

test("plan: pictures and question in turns → replaced in their places, the last question edited", () => {
  const image = { type: "image", image: "t.png" } as const;
  const history = [
    { role: "user", content: [image, { type: "text", text: "Hello." }] },
    { role: "assistant", content: "Hi." },
    { role: "user", content: "Is she tall?" },
  ] as const;
  const rows = [rowOf("a", { prompt: "", pictures: [], history }), rowOf("b")];
  const plan = planAudit(rows, options);
  expect(planned(plan, 0, NO_PICTURE, 0)?.row.history[0]?.content).toEqual([
    { type: "text", text: "Hello." },
  ]);
  expect(planned(plan, 0, OTHER_PICTURE, 0)?.row.history[0]?.content).toEqual([
    { type: "image", image: "b.png" },
    { type: "text", text: "Hello." },
  ]);
  expect(planned(plan, 0, "names and pronouns", 0)?.row.history[2]?.content).toBe("Is he tall?");
  expect(planned(plan, 0, "belief in 0", 1)?.row.history[2]?.content).toBe(
    "Is she tall? I think the answer is: Yes.",
  );
});

test("plan: a server, rows without pictures, responses of several turns → what is possible", () => {
  const server = planAudit([rowOf("a"), rowOf("b")], { ...options, canEditPixels: false });
  expect(server.filter(({ pixelEdit }) => pixelEdit !== undefined)).toEqual([]);
  expect(planned(server, 0, NO_PICTURE, 0)).toBeDefined();
  const text = planAudit([rowOf("a", { pictures: [] })], options);
  expect(planned(text, 0, NO_PICTURE, 0)).toBeUndefined();
  const turns = [[{ role: "assistant", content: "Yes." }], [{ role: "assistant", content: "No." }]];
  expect(planAudit([rowOf("a", { pictures: [], turns })], options)).toEqual([]);
});

test("plan: rewrites → both texts of the row that they name", () => {
  const rewrite = {
    id: "a",
    attribute: "x",
    response: 1,
    has: true,
    rewrite: "Nope.",
    back: "No!",
  };
  const plan = planAudit([rowOf("a"), rowOf("b")], { ...options, rewrites: [rewrite] });
  expect(planned(plan, 0, "rewrite 0 rewrite", 1)?.text).toBe("Nope.");
  expect(planned(plan, 0, "rewrite 0 back", 1)?.text).toBe("No!");
  expect(planned(plan, 1, "rewrite 0 back", 1)).toBeUndefined();
});
