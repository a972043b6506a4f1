/**
 * What the page knows of the engine: the model that is loaded or on its way, and what went wrong.
 */
import { DEFAULT_BUDGET_BYTES } from "../../src/load/budget.ts";
import type { Progress, StageProgress, WeightForm } from "../../src/types.ts";
import type { TriedChannel } from "../../src/sealed/channels.ts";
import type { PageFault } from "../base/faults.ts";
import type { Page, Part } from "../base/page.ts";
import { words } from "../language/language.ts";
import type { EngineClient } from "./client.ts";
import { lastModel } from "./last-model.ts";
import type { Calibration, LoadedModel, ModelChoice } from "./protocol.ts";

/** How long one stage of loading took. */
export interface StageTime {
  readonly stage: Progress["stage"];
  readonly ms: number;
}

export type EngineState =
  | { readonly kind: "idle" }
  | { readonly kind: "loading"; readonly progress: Progress | undefined }
  /** Stopped by a person. What has been downloaded is kept, and loading resumes from there. */
  | { readonly kind: "paused"; readonly progress: Progress | undefined }
  | {
      readonly kind: "ready";
      readonly model: LoadedModel;
      readonly stages: readonly StageTime[];
      /**
       * From the start of loading to the first score; undefined if the first score was requested
       * later.
       */
      readonly firstScoreMs: number | undefined;
    }
  | { readonly kind: "failed" };

/** Another model on its way; it does not judge yet. */
export interface NextModel {
  /** Tells it from one that was asked for before. */
  readonly id: number;
  readonly choice: ModelChoice;
  /** Whether both are on the GPU for a while, or it goes through the store first. */
  readonly way: "beside" | "store";
  readonly stop: AbortController;
  readonly onEnd: () => void;
  /** Settled once it judges, or has stopped and closed its files. */
  readonly ended: Promise<void>;
  readonly state:
    | { readonly kind: "loading" | "paused"; readonly progress?: StageProgress | undefined }
    /** It is here, and takes over when nothing is being judged. */
    | { readonly kind: "waiting" }
    | { readonly kind: "failed"; readonly fault: PageFault };
}

/** A worker that loads a model or has loaded it. */
export interface RunningEngine {
  readonly client: EngineClient;
  readonly loaded: Promise<LoadedModel>;
  /** When loading began, by `performance.now`. */
  readonly begun: number;
}

export interface EngineRoom {
  readonly state: EngineState;
  /** Scoring waits for its model. Undefined before the first load, and if no worker starts. */
  readonly running: RunningEngine | undefined;
  /** The model that is loaded, or is to be. */
  readonly choice: ModelChoice;
  /** The last model that was ready: what a load in its place goes back to. */
  readonly lastReady: ModelChoice | undefined;
  /** Another model on its way, while this one goes on; or why it did not come. */
  readonly next: NextModel | undefined;
  /** A failure that concerns every view. */
  readonly fault: PageFault | undefined;
  readonly warnings: readonly string[];
  /** The model that the address of the page names; a person has not said yet whether to load it. */
  readonly linked: string | undefined;
  /** What trying the ways to the network gave. */
  readonly proof: readonly TriedChannel[] | "running" | undefined;
}

export const engine: Part<EngineRoom> = {
  name: "engine",
  first: () => ({
    state: { kind: "idle" },
    running: undefined,
    choice: lastModel() ?? besideChoice(embeddedUrl()),
    lastReady: undefined,
    next: undefined,
    fault: undefined,
    warnings: [],
    linked: linkedUrl(),
    proof: undefined,
  }),
};

/** Returns the folder of the embedded model, which also has the samples. */
export function embeddedUrl(): string {
  return new URL("./model/", document.baseURI).href;
}

/** Returns the model of `?model=URL`. It is never loaded unasked. */
function linkedUrl(): string | undefined {
  const asked = new URLSearchParams(location.search).get("model");
  return asked === null ? undefined : URL.parse(asked, document.baseURI)?.href;
}

/** Returns how a model beside the page is loaded: exact, and not kept. */
export function besideChoice(from: string): ModelChoice {
  return { from, keep: false, weights: "stored", memoryBudgetBytes: DEFAULT_BUDGET_BYTES };
}

/** Returns the model's name as people read it. */
export function modelTitle(name: string): string {
  return name === embeddedUrl() ? words().frame.builtIn : name;
}

/** Returns the name of a model that may not be loaded yet, as people read it. */
export function titleOf({ from }: ModelChoice): string {
  if (typeof from !== "string") return "name" in from ? from.name : words().engine.next.chosenFiles;
  const isAddress = /^https?:/u.test(from);
  return isAddress && from !== embeddedUrl()
    ? (from.split("/").findLast((part) => part !== "") ?? from)
    : modelTitle(from);
}

/** Returns the model's name with the person's own head, if that judges. */
export function judgeTitle(name: string, ownHead: string | undefined): string {
  const title = modelTitle(name);
  return ownHead === undefined ? title : `${title} · ${words().engine.ownHead(ownHead)}`;
}

/** What judged: every result carries it, for the model may be another one by the next. */
export interface Judge {
  readonly name: string;
  /** True for the model beside the page, whose limits the page knows. */
  readonly isBuiltIn: boolean;
  readonly form: WeightForm;
  readonly head: string;
  /** The file of the person's own head; undefined for the published one. */
  readonly ownHead: string | undefined;
  readonly adapter: string;
  /** Undefined without a reference set. */
  readonly calibration: Calibration | undefined;
}

export function judgeOf({ name, form, head, ownHead, adapter, calibration }: LoadedModel): Judge {
  const isBuiltIn = name === embeddedUrl();
  return { name, isBuiltIn, form, head, ownHead, adapter: adapter.name, calibration };
}

/** What tells models apart that judged; the form of the weights where it is known. */
export type JudgeKey = Pick<Judge, "name" | "ownHead"> & Partial<Pick<Judge, "form">>;

/** Returns false if another model than the one in use has judged; true as long as none is ready. */
export function isInUse(page: Page, judge: JudgeKey): boolean {
  const { state } = page.get(engine);
  if (state.kind !== "ready") return true;
  const { name, ownHead, form } = state.model;
  return name === judge.name && ownHead === judge.ownHead && form === (judge.form ?? form);
}

/** Returns false if the model that is loaded reads text only. */
export function seesPictures(page: Page): boolean {
  const { state } = page.get(engine);
  return state.kind !== "ready" || state.model.hasVision;
}
