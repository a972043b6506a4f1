/**
 * What the page knows, as plain frozen data: one `PageState`, replaced as a whole by `update`, drawn by `view/`.
 *
 * A verdict keeps the draft that it judges, so that the page can show results while the next draft is written, and say
 * when the two differ.
 */
import type { Progress } from "../src/types.ts";
import type { EngineClient } from "./engine-client.ts";
import { firstModels } from "./models-state.ts";
import type { ModelsState } from "./models-state.ts";
import type { LoadedModel, ModelChoice, PageFault, ResponseScore } from "./protocol.ts";
import { firstRank } from "./rank-state.ts";
import type { RankState } from "./rank-state.ts";
import { firstReport } from "./report-state.ts";
import type { ReportState } from "./report-state.ts";
import type { WebGpuSupport } from "./support.ts";

/** The page's views, as the address names them after `#`. */
export const VIEWS = ["compare", "rank", "report", "model"] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Sample {
  readonly id: string;
  readonly title: string;
  /** URL of the picture, relative to the page. */
  readonly image: string;
  readonly prompt: string;
  readonly candidates: readonly string[];
}

export interface Picture {
  readonly blob: Blob;
  /** What the page shows: the sample's URL, or a `blob:` URL that `releasePicture` gives back. */
  readonly url: string;
  readonly name: string;
}

export interface DraftResponse {
  /** Stays with the response while others are added and removed, so that the caret stays where it is. */
  readonly key: number;
  readonly text: string;
}

/** What is to be judged. */
export interface Draft {
  readonly picture: Picture | undefined;
  readonly prompt: string;
  readonly responses: readonly DraftResponse[];
}

export interface Verdict {
  readonly draft: Draft;
  readonly scores: readonly ResponseScore[];
}

/** How long one stage of loading took. */
export interface StageTime {
  readonly stage: Progress["stage"];
  readonly ms: number;
}

export type EngineState =
  | { readonly kind: "idle" }
  | { readonly kind: "loading"; readonly progress: Progress | undefined }
  /** Stopped by a person; what has landed is kept, and loading goes on from there. */
  | { readonly kind: "paused"; readonly progress: Progress | undefined }
  | {
      readonly kind: "ready";
      readonly model: LoadedModel;
      readonly stages: readonly StageTime[];
      /** From the start of loading to the first score; undefined where that score was asked for later. */
      readonly firstScoreMs: number | undefined;
    }
  | { readonly kind: "failed" };

/** A token that the reader points at, by mouse or keyboard. */
export interface Inspected {
  readonly response: number;
  readonly step: number;
}

export interface PageState {
  readonly view: ViewName;
  readonly models: ModelsState;
  readonly rank: RankState;
  readonly report: ReportState;
  readonly support: WebGpuSupport | undefined;
  readonly engine: EngineState;
  readonly samples: readonly Sample[];
  readonly sampleId: string | undefined;
  readonly draft: Draft;
  /** True where the browser could not show the draft's picture. */
  readonly pictureBroken: boolean;
  /** True while a file is dragged over the page. */
  readonly dragging: boolean;
  readonly scoring: boolean;
  readonly verdict: Verdict | undefined;
  readonly fault: PageFault | undefined;
  readonly warnings: readonly string[];
  readonly inspected: Inspected | undefined;
  /** What a screen reader is told, politely. */
  readonly announcement: string;
}

export interface RunningEngine {
  readonly client: EngineClient;
  readonly loaded: Promise<LoadedModel>;
  /** When loading began, by `performance.now`. */
  readonly begun: number;
}

/** What runs behind the page. Changes here draw nothing. */
export interface Jobs {
  /** The model that loads or has loaded; scoring waits for it. */
  engine: RunningEngine | undefined;
  /** The model that is loaded, or is to be. */
  choice: ModelChoice;
  /** The last one that was ready: what a cancelled load goes back to. */
  lastReady: ModelChoice | undefined;
  /** Stops the loading that runs now. */
  loading: AbortController | undefined;
  /** Stops the look at a model that runs now. */
  looking: AbortController | undefined;
  /** Stops the scoring that runs now; each view has its own, and the engine takes them in turn. */
  scoring: AbortController | undefined;
  ranking: AbortController | undefined;
  reporting: AbortController | undefined;
  /** `blob:` URLs whose memory is to be given back. */
  readonly pictureUrls: Set<string>;
}

/** The page: its state, how it changes, and the engine behind it. */
export interface Page {
  readonly state: PageState;
  readonly jobs: Jobs;
  /** Folder of the embedded model, where the samples are. */
  readonly embeddedUrl: string;
  update(change: Partial<PageState>): void;
  /** A client of a fresh worker; the one before it, if any, is destroyed. */
  restartEngine(): EngineClient;
}

export const MIN_RESPONSES = 2;
export const MAX_RESPONSES = 8;

let lastKey = 0;

export function draftResponse(text: string): DraftResponse {
  lastKey += 1;
  return { key: lastKey, text };
}

export function firstState(): PageState {
  return {
    view: "compare",
    models: firstModels(),
    rank: firstRank(),
    report: firstReport(),
    support: undefined,
    engine: { kind: "idle" },
    samples: [],
    sampleId: undefined,
    draft: { picture: undefined, prompt: "", responses: [draftResponse(""), draftResponse("")] },
    pictureBroken: false,
    dragging: false,
    scoring: false,
    verdict: undefined,
    fault: undefined,
    warnings: [],
    inspected: undefined,
    announcement: "",
  };
}

/** The model's name as people read it. */
export function modelTitle({ embeddedUrl }: Page, name: string): string {
  return name === embeddedUrl ? "the small model in this page" : name;
}

/** False where the model that is loaded reads text only. */
export function seesPictures({ engine }: PageState): boolean {
  return engine.kind !== "ready" || engine.model.hasVision;
}

/** True where the draft is no longer what the verdict judges. */
export function isStale({ draft, verdict }: PageState): boolean {
  if (verdict === undefined) {
    return false;
  }
  const judged = verdict.draft;
  return (
    judged.picture?.url !== draft.picture?.url ||
    judged.prompt !== draft.prompt ||
    judged.responses.length !== draft.responses.length ||
    judged.responses.some(({ text }, at) => text !== draft.responses[at]?.text)
  );
}
