/** What is counted in a text, and how two counts are compared. */
import { expect, test } from "vitest";
import { featureDifference, textFeatures, type TextFeature } from "../../src/audit/features.ts";

const TEXT = `# Title

Some **bold** and __also__ words, \`code\`, snake_case and 2 * 3.
- one
* two
1. three
10) four
 ## Sub
#hashtag 😀 👍🏽 👩‍🔬`;

test.each([
  ["length", Array.from(TEXT).length],
  ["lists", 4],
  ["bold", 2],
  ["headings", 2],
  ["emoji", 3],
  ["markdown", 4 + 2 + 2 + 1],
])("feature %s → counted %i times", (name, count) => {
  expect(featureOf(name).count(TEXT)).toBe(count);
  expect(featureOf(name).count("")).toBe(0);
});

function featureOf(name: string): TextFeature {
  const feature = textFeatures.find((one) => one.name === name);
  if (feature === undefined) throw new Error(name);
  return feature;
}

test("difference: lengths by logarithms, marks by their share; turned round its sign changes", () => {
  expect(featureDifference(featureOf("length"), "aaa", "a")).toBeCloseTo(Math.log(4 / 2), 12);
  expect(featureDifference(featureOf("lists"), "- a\n- b\n- c", "- a")).toBe(0.5);
  expect(featureDifference(featureOf("lists"), "a", "- a")).toBe(-1);
  expect(featureDifference(featureOf("bold"), "a", "b")).toBe(0);
});
