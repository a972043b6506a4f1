/** Prompts of generated pictures: beside, inside, in a list; and what is refused. */
import { expect, test } from "vitest";
import {
  isPictureName,
  ownPrompt,
  plainPath,
  PromptList,
  sidecarName,
} from "../../src/rows/picture-prompts.ts";
import { pngOf, withText } from "../../testing/png-chunks.ts";

const bytes = new Uint8Array(withText(pngOf(), "parameters", "a cat\nSteps: 3"));
const read = (begin: number, end: number): Promise<Uint8Array> =>
  Promise.resolve(bytes.subarray(begin, end));
const beside = (text: string): { size: number; text: () => Promise<string> } => ({
  size: text.length,
  text: () => Promise.resolve(text),
});

test("ownPrompt: a file beside the picture → it counts; without one → the PNG's text", async () => {
  expect(await ownPrompt("a.png", { read, beside: beside("\ufeffa dog\n") })).toBe("a dog");
  expect(await ownPrompt("a.png", { read, beside: undefined })).toBe("a cat");
  const none = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array());
  expect(await ownPrompt("a.jpg", { read: none, beside: undefined })).toBeUndefined();
});

test.each([
  ["empty", " \n", /a\.txt.*is empty/],
  ["a book", "x".repeat(300_000), /a\.txt.*300,000 bytes/],
])("ownPrompt: a file beside that is %s → InputError", async (_, text, message) => {
  await expect(ownPrompt("below/a.png", { read, beside: beside(text) })).rejects.toThrow(message);
});

test("PromptList: lines of both forms, paths of other forms → the prompt of each picture", () => {
  const list = new PromptList(["a.png", "below/b.jpg", "c.png"], plainPath);
  list.add('{"image": "./a.png", "prompt": "a cat"}', "p, line 1", "here");
  list.add("  ", "p, line 2", "here");
  list.add('{"file_name": "x/../below\\\\b.jpg", "text": "a dog"}', "p, line 3", "here");
  expect(["a.png", "below/b.jpg", "c.png"].map((name) => list.get(name))).toEqual([
    "a cat",
    "a dog",
    undefined,
  ]);
  const wrong: [string, RegExp][] = [
    ['{"image": "a.png", "prompt": "again"}', /names a picture again.*a\.png/],
    ['{"image": "z.png", "prompt": "z"}', /line 9.*not there.*z\.png.*relative to here/],
    ['{"image": "a.png"}', /"prompt": TEXT/],
    ["{", /is not JSON/],
  ];
  for (const [line, message] of wrong) {
    expect(() => list.add(line, "p, line 9", "here")).toThrow(message);
  }
});

test("names: pictures by their ending, hidden ones left out, the file beside each", () => {
  const names = ["a.PNG", "b/c.avif", ".d.png", "e/.f.jpg", "g.txt", "h.png.txt"];
  expect(names.filter(isPictureName)).toEqual(["a.PNG", "b/c.avif"]);
  expect(sidecarName("b.c/d.e.png")).toBe("b.c/d.e.txt");
});
