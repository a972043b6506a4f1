/** Pairs of files for Label: every form of rows in use, pictures, what cannot be used named. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { indexPairs, namedPair, pairsOfFiles, promptKey } from "../../../demo/label/pairs.ts";
import { actionOf, keyOf, signOfKey, withKey } from "../../../demo/label/keys.ts";

const file = (name: string, text: string): File => new File([text], name);
const picture = new File([new Uint8Array([137, 80, 78, 71])], "a.png", { type: "image/png" });

/** One row in the form of each trainer; all ask the same of the same two responses. */
const FORMS: Readonly<Record<string, object>> = {
  trl: {
    prompt: [
      { role: "user", content: [{ type: "image" }, { type: "text", text: "Which colour?" }] },
    ],
    chosen: [{ role: "assistant", content: [{ type: "text", text: "Red." }] }],
    rejected: [{ role: "assistant", content: [{ type: "text", text: "It is blue." }] }],
    images: ["a.png"],
  },
  "llama-factory": {
    conversations: [{ from: "human", value: "<image>Which colour?" }],
    chosen: { from: "gpt", value: "Red." },
    rejected: { from: "gpt", value: "It is blue." },
    images: ["a.png"],
  },
  "ms-swift": {
    messages: [
      { role: "user", content: "<image>Which colour?" },
      { role: "assistant", content: "Red." },
    ],
    rejected_response: "It is blue.",
    images: ["a.png"],
  },
  mmpr: { image: "a.png", question: "Which colour?", chosen: "Red.", rejected: "It is blue." },
  "mm-rlhf": { image: "a.png", prompt: "Which colour?", chosen: "Red.", rejected: "It is blue." },
  lmarena: {
    conversation_a: [
      { role: "user", content: "Which colour?" },
      { role: "assistant", content: "Red." },
    ],
    conversation_b: [
      { role: "user", content: "Which colour?" },
      { role: "assistant", content: "It is blue." },
    ],
    winner: "model_a",
    images: ["a.png"],
  },
};

describe("label: files", () => {
  it.each(Object.keys(FORMS))(
    "a row of %s → its prompt, its picture, both responses",
    async (form) => {
      const { pairs, notes } = await pairsOfFiles(
        [file("rows.jsonl", JSON.stringify(FORMS[form]))],
        [picture],
      );
      expect(notes).toEqual([]);
      expect(pairs).toHaveLength(1);
      const [pair] = pairs;
      expect(pair!.pictureNames).toEqual(["a.png"]);
      const texts = pair!.responses.map(([turn]) =>
        typeof turn!.content === "string"
          ? turn!.content
          : turn!.content.map((part) => (part.type === "text" ? part.text : "")).join(""),
      );
      expect(texts).toEqual(["Red.", "It is blue."]);
      expect(JSON.stringify(namedPair(pair!).messages)).toContain('"image":"a.png"');
      expect(promptKey(pair!)).toContain("Which colour?");
    },
  );

  it("CSV, a JSON list, several responses, a picture that is missing, no response → each as it should", async () => {
    const csv = file("rows.csv", 'prompt,chosen,rejected\n"Why, then?",Because.,No.\n');
    const list = file(
      "rows.json",
      JSON.stringify([{ id: 7, prompt: "p", responses: ["x", "y", "z"] }]),
    );
    const found = await pairsOfFiles([csv, list], []);
    expect(found.pairs.map(({ id }) => id)).toEqual(["row 1", "7 1:2", "7 1:3", "7 2:3"]);
    const rows = [
      { prompt: "p", image: "gone.png", chosen: "x", rejected: "y" },
      { prompt: "p", response: "x" },
      { prompt: "q", chosen: "x", rejected: "y" },
    ];
    const mixed = file("rows.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
    const { pairs, notes } = await pairsOfFiles([mixed], []);
    expect(pairs).toHaveLength(1);
    expect(notes[0]).toContain("is not among the chosen files");
    expect(notes[1]).toContain("expected two responses, got 1");
    await expect(
      pairsOfFiles([file("x.jsonl", '{"prompt":"p","response":"x"}')], []),
    ).rejects.toThrow("expected rows with two responses or more");
  });

  it("parquet with pictures inside → pairs with those pictures", async () => {
    const bytes = readFileSync("test/rows/golden/bytes.parquet");
    const { pairs } = await pairsOfFiles([new File([bytes], "rows.parquet")], []);
    expect(pairs.length).toBeGreaterThan(0);
    const [pair] = pairs;
    const images = pair!.messages.flatMap(({ content }) =>
      typeof content === "string" ? [] : content.filter((part) => part.type === "image"),
    );
    expect(images).toHaveLength(pair!.pictureNames.length);
    expect(images.every((part) => "image" in part && part.image instanceof File)).toBe(true);
  });

  it("two to five responses → every two; of five, neighbours in a ring", () => {
    expect(indexPairs(3)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(indexPairs(5)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 0],
    ]);
  });
});

describe("label: keys", () => {
  const press = (key: string, more: object = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  });

  it("usual keys, with a modifier, switched off → an action, none, undo alone", () => {
    expect(actionOf(press("ArrowLeft"), {}, true)).toBe("left");
    expect(actionOf(press("S"), {}, true)).toBe("skip");
    expect(actionOf(press("ArrowLeft", { altKey: true }), {}, true)).toBeUndefined();
    expect(actionOf(press("ArrowLeft"), {}, false)).toBeUndefined();
    expect(actionOf(press("z", { ctrlKey: true }), {}, false)).toBe("undo");
  });

  it("a key that another action has → they change places; Tab and Escape → refused", () => {
    const keys = withKey({}, "left", "s");
    expect(keys).toEqual({ left: "s", skip: "ArrowLeft" });
    expect([keyOf(keys!, "left"), keyOf(keys!, "skip")]).toEqual(["s", "ArrowLeft"]);
    expect(withKey({}, "left", "Tab")).toBeUndefined();
    expect([signOfKey("ArrowUp"), signOfKey("j"), signOfKey("F2")]).toEqual(["↑", "J", "F2"]);
  });
});
