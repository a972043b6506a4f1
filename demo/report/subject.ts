// Tested by: test/demo/explain.browser.test.ts
/** A pair of a report as the panel explains it: why the first response is ahead, or behind. */
import type { Page } from "../base/page.ts";
import { EngineFault } from "../base/faults.ts";
import { engine } from "../engine/state.ts";
import type { Subject } from "../explain/state.ts";
import { words } from "../language/language.ts";
import type { ReportPair } from "./protocol.ts";
import { reporting } from "./state.ts";

export function subjectOf(
  page: Page,
  pair: ReportPair,
  names: readonly [a: string, b: string],
): Subject {
  const { responses, scores, row, pictureOf } = pair;
  return {
    of: pair,
    judge: page.get(reporting).judge,
    index: 0,
    candidates: responses.map((text, i) => ({
      name: names[i] ?? "",
      text,
      value: scores[i] ?? Number.NaN,
    })),
    pictureUrl:
      pictureOf === undefined ? undefined : page.get(reporting).pictureUrls.get(pictureOf),
    async messages() {
      const client = page.get(engine).running?.client;
      if (client === undefined || row === undefined) {
        throw new EngineFault({ code: "input", message: words().report.noRun });
      }
      return (await client.call("reportMessages", { row })).messages;
    },
  };
}
