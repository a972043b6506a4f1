/**
 * The engine in Firefox, whose WGSL compiler is not Chrome's: every kernel that its device can run,
 * weights in every form, held to the reference's scores. `npm test -- firefox`; in Chrome, and so
 * in `npm test`, other tests do this on Dawn.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profiles } from "../../src/kernels/profile.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation } from "../../src/types.ts";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import type { InPage, TestBrowser } from "../../testing/browser/browser.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT, heldOutPairs } from "../../testing/held-out.ts";
import type { HeldOutPair } from "../../testing/held-out.ts";
import { inChrome } from "../../testing/browser/launch.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import type { Scored } from "./firefox-page.ts";

/** How far a score may be from the reference, or from Dawn's if weights are quantised. */
const LIMIT = 1e-4;
/** Tests that do not run every pair run every EVERY-th pair. */
const EVERY = 36;
/** One profile of each set of kernels: `amd` and `apple` begin with those of `shared`. */
const PROFILES = [
  "plain",
  "shared",
  "nvidia",
  "intel",
  "mobile",
  "quad",
  "octet",
  "matrix-8x8x8-8",
];

interface Scoring {
  readonly conversations: readonly Conversation[];
  readonly reference: readonly number[];
}

function partsOf(pairs: readonly HeldOutPair[]): Scoring {
  return {
    conversations: pairs.flatMap(({ conversations }) => conversations),
    reference: pairs.flatMap(({ reference }) => reference),
  };
}

describe.skipIf(inChrome)("in Firefox", () => {
  let browser: TestBrowser;
  let inPage: InPage<typeof import("./firefox-page.ts")>;
  let all: Scoring;
  let few: Scoring;

  beforeAll(async () => {
    browser = await openTestBrowser();
    const page = await browser.openPage();
    inPage = page.module<typeof import("./firefox-page.ts")>("test/load/firefox-page.ts");
    const urlOf = async (path: string): Promise<string> => folder() + path;
    const pairs = await heldOutPairs(urlOf);
    all = partsOf(pairs);
    few = partsOf(pairs.filter((_, i) => i % EVERY === 0));
    console.log(await browser.browser.version());
  });
  afterAll(() => browser.close());

  const folder = (): string => `${browser.url}weights/tiny-vl-reward/`;

  const score = async (options: LoadOptions, { conversations } = few): Promise<Scored> =>
    await inPage.score(folder(), conversations, options);

  function worst(values: readonly number[], wanted: readonly number[]): number {
    return Math.max(...values.map((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN))));
  }

  test("firefox: all 288 held-out pairs of the embedded model → reference scores within 1e-4", async () => {
    const { values, kernels, ms } = await score({}, all);
    expect(values).toHaveLength(576);
    const off = worst(values, all.reference);
    console.log(
      `${kernels.profile}: largest difference ${off.toExponential(2)}, ${Math.round(ms)} ms`,
    );
    expect(off).toBeLessThanOrEqual(LIMIT);
  }, 600_000);

  test.for(PROFILES)(
    "firefox: profile %s → its own kernels and the reference scores",
    { timeout: 300_000 },
    async (name, { skip }) => {
      const lacking = (await inPage.lacking())[name];
      skip(lacking !== undefined, `the device has no ${lacking}`);
      const { values, kernels, warnings } = await score({ kernelProfile: name, resizeOn: "gpu" });
      const { matmul, attention } = profiles.get(name)!;
      // A kernel that fails its self-test is replaced by others, which would pass here.
      expect(kernels).toMatchObject({ profile: name, matmul, attention, chosen: "given" });
      expect(worst(values, few.reference)).toBeLessThanOrEqual(LIMIT);
      expect(warnings.filter((text) => text.includes("self-test"))).toEqual([]);
    },
  );

  test("firefox: every tuning of the matmul, hostile values → as the plain one", async () => {
    const found = await inPage.selfTests();
    console.log(Object.keys(found).join(", "));
    expect(Object.keys(found).length).toBeGreaterThanOrEqual(10);
    expect(Object.values(found).filter((fault) => fault !== "right")).toEqual([]);
  }, 300_000);

  test("firefox: streamed through a budget of one layer → the bits of resident weights, less memory", async () => {
    const resident = await score({ residency: "resident" });
    const streamed = await score({ residency: "streamed", memoryBudgetBytes: 2 ** 16 });
    expect(streamed.values).toEqual(resident.values);
    expect(streamed.weightBytes).toBeLessThan(resident.weightBytes);
  }, 300_000);

  test.each(["q8", "q4"] as const)(
    "firefox: weights in %s → the scores that Dawn gives",
    async (weights) => {
      const { values } = await score({ weights });
      const pairs = (await heldOutPairs()).filter((_, i) => i % EVERY === 0);
      const source = fileSystemSource(EMBEDDED_ROOT);
      await using model = await RewardModel.fromPretrained(source, { gpu: testGpu(), weights });
      const wanted = (await model.score(partsOf(pairs).conversations)).map(({ value }) => value);
      expect(worst(values, wanted)).toBeLessThanOrEqual(LIMIT);
      expect(worst(values, few.reference)).toBeGreaterThan(LIMIT);
    },
    300_000,
  );

  test("firefox: kernels timed as on a GPU → the reference scores, with any winner", async () => {
    const { kernels, values } = await score({ kernelProfile: "timed" });
    console.log(`${kernels.chosen}: matmul ${kernels.matmul}, attention ${kernels.attention}`);
    expect(worst(values, few.reference)).toBeLessThanOrEqual(LIMIT);
  }, 300_000);
});
