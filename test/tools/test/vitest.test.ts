import { afterEach, describe, expect, test, vi } from "vitest";
import { repository } from "../../../tools/repository.ts";
import { mayTryAgain, withSecondTry, type Counts } from "../../../tools/test/vitest.ts";

const none: Counts = {
  passed: 0,
  failed: 0,
  skipped: 0,
  failedFiles: [],
  passedInFailedFiles: 0,
  skippedInFailedFiles: 0,
  tests: [],
};
const page = `${repository}/test/demo/page.browser.test.ts`;

afterEach(() => vi.restoreAllMocks());

describe("mayTryAgain", () => {
  test.each([
    ["one file of the browser", 1, [page], true],
    ["a unit test beside it", 2, [page, "test/base/at.test.ts"], false],
    ["four files of the browser", 4, [1, 2, 3, 4].map((n) => `${n}.browser.test.ts`), false],
    ["no report", 1, [], false],
    ["nothing", 0, [], false],
  ])("failed: %s → %s, %s: %s", (_, failed, failedFiles, expected) => {
    expect(mayTryAgain({ ...none, failed, failedFiles })).toBe(expected);
  });
});

describe("withSecondTry", () => {
  const first: Counts = {
    passed: 100,
    failed: 1,
    skipped: 5,
    failedFiles: [page],
    passedInFailedFiles: 9,
    skippedInFailedFiles: 2,
    tests: [],
  };

  test("passed at last → each test counted once, and the file named", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    expect(withSecondTry(first, { ...none, passed: 10, skipped: 2 })).toMatchObject({
      passed: 101,
      failed: 0,
      skipped: 5,
    });
    expect(log.mock.calls).toEqual([["test/demo/page.browser.test.ts: passed on its second try"]]);
  });

  test("failed again → failed, and the file named", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const second = { ...first, passed: 9, skipped: 2 };
    expect(withSecondTry(first, second)).toMatchObject({ passed: 100, failed: 1, skipped: 5 });
    expect(log.mock.calls).toEqual([["test/demo/page.browser.test.ts: failed again"]]);
  });
});
