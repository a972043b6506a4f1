import { describe, expect, it } from "vitest";
import { readPasted } from "../../../demo/rank/pasted.ts";

const row = {
  prompt: "Which colour does the circle have?",
  image: "scene-66.png",
  responses: ["Red.", "Blue."],
};
const texts = row.responses;
const question = { prompt: row.prompt, picture: row.image };

describe("rows that are pasted into Rank", () => {
  it.each([
    ["a row on one line", JSON.stringify(row)],
    ["a row on many lines", JSON.stringify(row, null, 2)],
    ["a list with one row", JSON.stringify([row])],
    [
      "a row for each response",
      texts.map((response) => JSON.stringify({ ...question, response })).join("\n"),
    ],
    [
      "other names",
      JSON.stringify({ question: row.prompt, images: [row.image], candidates: texts }),
    ],
    ["a labelled pair", JSON.stringify({ ...question, chosen: "Red.", rejected: "Blue." })],
    [
      "messages",
      JSON.stringify({
        messages: [{ role: "user", content: row.prompt }],
        images: [row.image],
        responses: texts,
      }),
    ],
  ])("pasted: %s → its responses, its prompt and its picture", (_, pasted) => {
    const read = readPasted(pasted.replaceAll('"picture":', '"image":'));
    expect(read).toMatchObject({ texts, question });
  });

  it("pasted: responses alone → no question", () => {
    expect(readPasted("Red.\nBlue.")).toEqual({ texts, question: undefined, unused: [] });
    expect(readPasted('[{"text": "Red."}, {"text": "Blue."}]')).toMatchObject({
      texts,
      question: undefined,
    });
  });

  it("pasted: a field that nobody reads → named", () => {
    const rows = [
      { ...row, mood: "good" },
      { text: "Red.", mood: "good" },
    ];
    for (const one of rows) {
      const both = JSON.stringify("responses" in one ? one : [one, { text: "Blue." }]);
      expect(readPasted(both)).toMatchObject({ texts, unused: ["mood"] });
    }
  });

  it("pasted: a picture in the row → the picture itself", () => {
    const image = "data:image/png;base64,iVBORw0KGgo=";
    const read = readPasted(JSON.stringify({ ...row, image }));
    expect(read).toMatchObject({ question: { prompt: row.prompt } });
    const picture = "question" in read ? read.question?.picture : undefined;
    expect(picture).toBeInstanceOf(Blob);
    expect((picture as Blob).size).toBe(8);
  });

  it.each([
    ["another question in row 2", [row, { ...row, prompt: "Why?" }], "Row 2 asks another question"],
    ["another picture in row 2", [row, { ...row, image: "b.png" }], "Row 2 asks another question"],
    ["two pictures", [{ ...row, image: ["a.png", "b.png"] }], "Row 1"],
    [
      "a size for the picture",
      [
        {
          messages: [{ role: "user", content: [{ type: "image", image: "a.png", max_pixels: 9 }] }],
          responses: texts,
        },
      ],
      "max_pixels",
    ],
    ["a video", [{ ...row, image: undefined, video: "a.mp4" }], "video"],
    ["one response", [{ ...row, responses: ["Red."] }], "there is one"],
    ["no response", [{ prompt: "Why?" }], "there are none"],
    [
      "a conversation",
      [
        {
          messages: [
            { role: "user", content: "a" },
            { role: "assistant", content: "b" },
            { role: "user", content: "c" },
          ],
          responses: texts,
        },
      ],
      "several turns",
    ],
  ])("pasted: %s → says what is wrong", (_, rows, words) => {
    expect(readPasted(rows.map((one) => JSON.stringify(one)).join("\n"))).toMatchObject({
      wrong: expect.stringContaining(words) as string,
    });
  });

  it.each([
    ['{"prompt": "a", "responses": ["b", "c"]', undefined],
    ['{"prompt": "a", "responses": ["b" "c"]}', "not valid JSON"],
    ['{"text": "a"}\n{"text": "b}', "not valid JSON"],
    ['{"text": "a"}\n{"text" "b"}', "Line 2"],
    ["{name} likes it.\n{name} does not.", undefined],
  ])("pasted: %s → %s", (pasted, words) => {
    const read = readPasted(pasted);
    if (words === undefined)
      expect(read).not.toMatchObject({ wrong: expect.stringContaining("JSON") });
    else expect(read).toEqual({ wrong: expect.stringContaining(words) as string });
  });
});
