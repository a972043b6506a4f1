/** The catalogues: the same words in each language, each one written. */
import { afterEach, describe, expect, it } from "vitest";
import { bytes, date, list, percent, signed, timeLeft } from "../../../demo/base/format.ts";
import { english as first } from "../../../demo/language/en/all.ts";
import { english as explainEnglish } from "../../../demo/language/en/explain.ts";
import { english as picturesEnglish } from "../../../demo/language/en/pictures.ts";
import { japanese as picturesJapanese } from "../../../demo/language/ja/pictures.ts";
import { english as storedEnglish } from "../../../demo/language/en/stored.ts";
import { english as contextEnglish } from "../../../demo/language/en/context.ts";
import { japanese as contextJapanese } from "../../../demo/language/ja/context.ts";
import { explainWords } from "../../../demo/language/explain.ts";
import { japanese as firstJapanese } from "../../../demo/language/ja/all.ts";
import { japanese as explainJapanese } from "../../../demo/language/ja/explain.ts";
import { label as labelEnglish } from "../../../demo/language/en/label.ts";
import { label as labelJapanese } from "../../../demo/language/ja/label.ts";
import { table as tableEnglish } from "../../../demo/language/en/table.ts";
import { table as tableJapanese } from "../../../demo/language/ja/table.ts";
import { japanese as storedJapanese } from "../../../demo/language/ja/stored.ts";
import { storedWords } from "../../../demo/language/stored.ts";
import { preferredLanguage, useLanguage } from "../../../demo/language/language.ts";

afterEach(() => useLanguage("en"));

/** With the words that are loaded later: of the panel, Label, stored scores, Rank's table. */
const english = {
  ...first,
  context: contextEnglish,
  explain: explainEnglish,
  label: labelEnglish,
  pictures: picturesEnglish,
  stored: storedEnglish,
  table: tableEnglish,
};
const japanese = {
  ...firstJapanese,
  context: contextJapanese,
  explain: explainJapanese,
  label: labelJapanese,
  pictures: picturesJapanese,
  stored: storedJapanese,
  table: tableJapanese,
};

/** Returns the words of a catalogue by their paths; functions as the number of their arguments. */
function paths(value: unknown, path = ""): [string, string | number][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return [[path, value.length]];
  return Object.entries(value as object).flatMap(([name, inner]) =>
    paths(inner, `${path}.${name}`),
  );
}

describe("catalogues", () => {
  it("catalogues: English and Japanese → the same paths, no empty word", () => {
    const [en, ja] = [paths(english), paths(japanese)];
    expect(ja.map(([path]) => path).toSorted()).toEqual(en.map(([path]) => path).toSorted());
    for (const [path, word] of [...en, ...ja]) expect(word, path).not.toBe("");
  });

  it("catalogues: the Japanese one → every sentence is in Japanese", () => {
    const same =
      /^\.frame\.(?:aboutPanel\.keys|views|noWebGpu\.advice)|report\.benchmarks|otherLanguage|[cC]sv|[jJ]son/;
    const foreign = paths(japanese).filter(
      ([path, word]) =>
        typeof word === "string" &&
        !same.test(path) &&
        /[A-Za-z]{4}/.test(word) &&
        !/[\u3040-\u30ff\u4e00-\u9fff]/.test(word),
    );
    expect(foreign).toEqual([]);
  });
});

describe("sentences with a message of the engine", () => {
  const message = "model.safetensors: the header is not JSON. Load it again.";
  const told = ({ engine, frame, explain, context, score }: typeof english): readonly string[] => [
    engine.lastModelGone(message),
    frame.sessions.unreadable(message),
    explain.failed(message),
    engine.workerRefused(message),
    engine.workerSandboxed(message),
    context.notJson(message),
    score.noSamples(message),
  ];

  it.each([
    ["English", english],
    ["Japanese", japanese],
  ])("sentences: %s, with a message that ends in a full stop → one stop, not two", (_, words) => {
    for (const sentence of told(words)) {
      expect(sentence).toContain(message.slice(0, -1));
      expect(sentence).not.toMatch(/\.\s*[.。]|。\s*[.。]/);
    }
  });
});

describe("language", () => {
  it("panel of explanations: the page's language → its words", async () => {
    expect([explainWords(), storedWords()]).toEqual([explainEnglish, storedEnglish]);
    await useLanguage("ja");
    expect(storedWords()).toBe(storedJapanese);
    expect(explainWords()).toBe(explainJapanese);
  });

  it.each([
    [["ja-JP", "en"], "ja"],
    [["fr", "ja"], "ja"],
    [["en-US", "ja"], "en"],
    [["de", "fr"], "en"],
    [[], "en"],
    [["JA"], "ja"],
  ])("language: a browser that wants %j → %s", (wanted, expected) => {
    expect(preferredLanguage(wanted)).toBe(expected);
  });

  it("numbers, dates and lists: Japanese → by its own rules, the minus stays a minus", async () => {
    await useLanguage("ja");
    expect(signed(-1234.5)).toBe("−1,234.50");
    expect(percent(0.64).replaceAll("\u00a0", " ")).toBe("64 %");
    expect(bytes(4_400_000).replaceAll("\u00a0", " ")).toBe("4.4 MB");
    expect(date("2026-11-28T12:00:00Z")).toBe("2026年11月28日");
    expect(list(["A", "B", "C"])).toBe("A、B、C");
    expect(timeLeft(240)).toBe("残り約4分");
  });
});
