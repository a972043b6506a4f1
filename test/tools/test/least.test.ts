/** The tries of a measurement that other processes disturb. */
import { expect, test } from "vitest";
import { leastOf, TRIES } from "../../../tools/test/hosts/least.ts";

async function measured(values: readonly number[], problemAt = -1) {
  const told: (readonly number[])[] = [];
  let tries = 0;
  const { problem, value } = await leastOf(
    50,
    async () => {
      const at = tries;
      tries += 1;
      const wrong = at === problemAt ? "no score" : undefined;
      return await Promise.resolve({ problem: wrong, value: values[at]! });
    },
    (all) => told.push(all),
  );
  return { problem, value, tries, told };
}

test.each([
  ["below the limit", [3], { value: 3, tries: 1, told: [] }],
  ["disturbed once", [58, 3], { value: 3, tries: 2, told: [[58, 3]] }],
  ["disturbed twice", [58, 51, 4], { value: 4, tries: 3, told: [[58, 51, 4]] }],
  ["long by itself", [70, 58, 66], { value: 58, tries: TRIES, told: [[70, 58, 66]] }],
  ["at the limit", [50, 49], { value: 49, tries: 2, told: [[50, 49]] }],
])("leastOf: %s → the least, with no more tries than needed", async (_, values, expected) => {
  expect(await measured(values)).toEqual({ problem: undefined, ...expected });
});

test("leastOf: a try that fails → its problem, and no further try", async () => {
  expect(await measured([70, 60, 3], 1)).toMatchObject({ problem: "no score", tries: 2 });
});
