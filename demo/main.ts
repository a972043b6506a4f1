/**
 * The page's start: makes the state and the worker, draws on every change, follows the address, and takes what is
 * dropped or pasted.
 *
 * `?model=URL` loads another checkpoint's folder instead of the embedded model beside the page.
 */
import { render } from "lit";
import { showSamples, start } from "./actions.ts";
import { EngineClient } from "./engine-client.ts";
import { takeFilesFrom } from "./file-intake.ts";
import { followAddress } from "./navigation.ts";
import { embeddedChoice, lookAfterKept } from "./model-actions.ts";
import { firstState } from "./state.ts";
import type { Page, PageState } from "./state.ts";
import { pageView } from "./view/page.ts";

const embeddedUrl = new URL("./model/", document.baseURI).href;
const asked = new URLSearchParams(location.search).get("model");
const modelUrl = asked === null ? embeddedUrl : new URL(asked, document.baseURI).href;

function makePage(root: HTMLElement): Page {
  let state = firstState();
  let client: EngineClient | undefined;
  let drawing = false;
  const page: Page = {
    jobs: {
      engine: undefined,
      choice: embeddedChoice(modelUrl),
      lastReady: undefined,
      loading: undefined,
      looking: undefined,
      scoring: undefined,
      ranking: undefined,
      reporting: undefined,
      pictureUrls: new Set(),
    },
    embeddedUrl,
    get state(): PageState {
      return state;
    },
    update(change) {
      state = Object.freeze({ ...state, ...change });
      // Many changes in one turn are drawn once.
      if (!drawing) {
        drawing = true;
        queueMicrotask(() => {
          drawing = false;
          render(pageView(page), root);
        });
      }
    },
    restartEngine() {
      client?.destroy();
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
      client = new EngineClient(worker);
      return client;
    },
  };
  return page;
}

const root = document.querySelector<HTMLElement>("#page");
if (root !== null) {
  const page = makePage(root);
  page.update({});
  takeFilesFrom(document, page);
  followAddress(page);
  void open(page);
}

async function open(page: Page): Promise<void> {
  if (!(await start(page))) {
    return;
  }
  // Its worker has the store; an address that leads here had nobody to ask before.
  if (page.state.view === "model") {
    void lookAfterKept(page);
  }
  await showSamples(page);
}
