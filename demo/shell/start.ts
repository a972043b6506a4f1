/** The page's start: the engine is loaded if the browser can run it, and the views begin. */
import type { Page } from "../base/page.ts";
import { noteRequests, watchRequests } from "../base/requests.ts";
import { webGpuSupport } from "../base/support.ts";
import { embeddedUrl, engine } from "../engine/state.ts";
import { recordedExample } from "../score/recorded-example.ts";
import { scores } from "../score/state.ts";
import { beginSession } from "../sessions/keep.ts";
import { takeFilesFrom } from "./file-intake.ts";
import { readLooks } from "./looks.ts";
import { begin } from "./linked-model.ts";
import { followAddress } from "./navigation.ts";
import { workOf } from "./offline.ts";
import { shell, viewShown } from "./state.ts";

export async function startPage(page: Page): Promise<void> {
  watchRequests(noteRequests);
  const finding = webGpuSupport();
  await Promise.all([readLooks(page), beginSession(page)]);
  for (const view of page.views) view.prepare?.(page);
  takeFilesFrom(document, page);
  void import("./keys.ts").then(({ takeKeys }) => takeKeys(page));
  void import("../offline/keep.ts").then(({ keepOffline }) => keepOffline(page, workOf(page)));
  followAddress(page);
  const support = await finding;
  page.change(shell, { support });
  if (support !== "available") {
    page.change(scores, { verdict: recordedExample(embeddedUrl()) });
    return;
  }
  if (page.get(engine).linked === undefined) begin(page);
  viewShown(page).open?.(page);
}
