import { describe, expect, it } from "vitest";
import { rankCsv, rankJson } from "../../../demo/rank/export.ts";
import { MAX_RANKED, readResponses } from "../../../demo/rank/responses.ts";

describe("responses that are pasted", () => {
  it.each([
    ["lines", "Yes.\nNo.\r\n\n  Maybe.", ["Yes.", "No.", "  Maybe."]],
    ["a JSON list", '["a\\nb", ""]', ["a\nb", ""]],
    ["objects", '[{"response": "a"}, {"text": "b"}]', ["a", "b"]],
    ["one object with responses", '{"prompt": "?", "responses": ["a", "b"]}', ["a", "b"]],
    ["JSON Lines", '{"output": "a"}\n{"output": "b"}', ["a", "b"]],
    ["quoted lines", '"a"\n"b"', ["a", "b"]],
    [
      "lines that begin with a bracket",
      "[1] says so\n[2] does not",
      ["[1] says so", "[2] does not"],
    ],
  ])("responses: %s → texts", (_, pasted, texts) => {
    expect(readResponses(pasted)).toEqual({ texts });
  });

  it.each([
    ["nothing", "", "there are none"],
    ["one", "Yes.", "there is one"],
    ["a broken list", '["a", "b]', "not valid JSON"],
    ["an item that is not text", '["a", 7]', "Item 2"],
    ["too many", Array.from({ length: MAX_RANKED + 1 }, (_, at) => at).join("\n"), "65 responses"],
  ])("responses: %s → says what is wrong", (_, pasted, words) => {
    expect(readResponses(pasted)).toEqual({ wrong: expect.stringContaining(words) as string });
  });
});

describe("rank export", () => {
  const result = {
    ownHead: undefined,
    model: "some model",
    prompt: "Why?",
    picture: undefined,
    image: undefined,
    responses: ['He said "no", twice', "=1+1", "two\nlines"],
    values: [1, 3, 1],
  };

  it("rank JSON: three responses, two tied → places 1, 2, 2, and the margins", () => {
    const { ranking } = JSON.parse(rankJson(result)) as {
      ranking: { place: number; index: number; marginToNext: number | null }[];
    };
    expect(ranking.map(({ place, index }) => [place, index])).toEqual([
      [1, 1],
      [2, 0],
      [2, 2],
    ]);
    expect(ranking.map(({ marginToNext }) => marginToNext)).toEqual([2, 0, null]);
  });

  it("rank CSV: quotes, a formula and a line break → each in its field", () => {
    const lines = rankCsv(result).split("\r\n");
    expect(lines[0]).toBe("place,index,score,margin_to_next,p_over_next,response,model,head");
    expect(lines[1]).toMatch(/^1,1,3,2,0\.88\d+,"'=1\+1",some model,$/);
    expect(lines[2]).toBe('2,0,1,0,0.5,"He said ""no"", twice",some model,');
    expect(lines[3]).toBe('2,2,1,,,"two\nlines",some model,');
    const own = rankCsv({ ...result, ownHead: "mine.safetensors" }).split("\r\n");
    expect(own[1]).toMatch(/,some model,mine\.safetensors$/);
  });
});
