/**
 * The engine's worker: one model, answering the page's calls (`protocol.ts`).
 *
 * Decoding, tokenising and recording passes happen here, so that the page's own thread stays free for people. The store
 * of kept models is here too: only workers may write to the origin private file system piece by piece.
 */
import { RewardModel } from "../src/index.ts";
import type { Score } from "../src/types.ts";
import { ModelStore } from "../src/store/model-store.ts";
import { inspectModel } from "./inspect-model.ts";
import type { Call, CallName, CallOf, FaultCode, KeptModels, KeptVerdict } from "./protocol.ts";
import type { PageFault, Reply, Requests, ResponseScore, Results } from "./protocol.ts";
import type { ReportJob } from "./report-job.ts";
import { tokenSteps } from "./token-steps.ts";

/** What an answer has besides the request: the way to stop, and the way to tell how far it is. */
interface Line {
  readonly signal: AbortSignal;
  tell(reply: TellBody): void;
}

type TellBody = Reply extends infer R ? (R extends Reply ? Omit<R, "id"> : never) : never;

let model: RewardModel | undefined;
/** The model as reports name it. */
let judge = { name: "", weights: "stored" };
/** The report of the model that is loaded; loaded itself when one is asked for. */
let report: Promise<ReportJob> | undefined;
let opened: Promise<ModelStore> | undefined;
const aborts = new Map<number, AbortController>();

self.addEventListener("message", (event: MessageEvent<Call>) => {
  const call = event.data;
  if (call.call === "abort") {
    aborts.get(call.id)?.abort();
  } else {
    void answer(call);
  }
});

async function answer(call: CallOf<CallName>): Promise<void> {
  const { id } = call;
  const abort = new AbortController();
  aborts.set(id, abort);
  const line: Line = {
    signal: abort.signal,
    tell: (reply) => self.postMessage({ id, ...reply }),
  };
  try {
    line.tell({ reply: "result", result: await resultOf(call, line) });
  } catch (error) {
    line.tell({ reply: "error", fault: faultOf(error, abort.signal) });
  } finally {
    aborts.delete(id);
  }
}

async function resultOf(call: CallOf<CallName>, line: Line): Promise<Results[CallName]> {
  switch (call.call) {
    case "load":
      return await load(call, line);
    case "score":
      return await score(call, line);
    case "inspect":
      return await inspectModel(call, await storeIfAny(), line.signal);
    case "kept":
      return await keptModels();
    case "verify":
    case "repair":
      return await check(call.call, call.name, line);
    case "remove":
      await (
        await store()
      ).delete(call.name, { signal: line.signal, keepQuantised: call.keepsCopies });
      return await keptModels();
    case "report": {
      const onDone = (done: number, total: number): void =>
        line.tell({ reply: "done", done, total });
      return await (await reportJob()).run(call.request, line.signal, onDone);
    }
    case "reportPicture":
      return { picture: await (await reportJob()).picture(call.row) };
  }
}

async function reportJob(): Promise<ReportJob> {
  const scorer = loadedModel();
  const { name, weights } = judge;
  const [base = name, revision] = /^https?:/.test(name) ? [name] : name.split("@");
  report ??= import("./report-job.ts").then(
    (code) => new code.ReportJob(scorer, { model: base, revision, weights }),
  );
  return await report;
}

/** @throws Error where no model is loaded: a defect of the page */
function loadedModel(): RewardModel {
  if (model === undefined) {
    throw new Error("a call came before load had finished");
  }
  return model;
}

async function load({ choice }: Requests["load"], line: Line): Promise<Results["load"]> {
  const { from, token, keep, weights, memoryBudgetBytes } = choice;
  await model?.dispose();
  model = undefined;
  report = undefined;
  const kept = keep ? await storeIfAny() : undefined;
  model = await RewardModel.fromPretrained(from, {
    weights,
    memoryBudgetBytes,
    signal: line.signal,
    ...(token === undefined ? {} : { token }),
    ...(kept === undefined ? {} : { store: kept }),
    onProgress: (progress) => line.tell({ reply: "progress", progress }),
    onWarning: (message) => line.tell({ reply: "warning", message }),
  });
  const { name, config, adapter, kernels } = model;
  judge = { name, weights };
  const { architecture, vision } = config;
  return {
    name,
    adapter: { name: adapter.name, software: adapter.software },
    kernels,
    architecture,
    hasVision: vision !== undefined,
  };
}

async function score({ conversations }: Requests["score"], line: Line): Promise<Results["score"]> {
  const loaded = loadedModel();
  const scores = await loaded.score(conversations, {
    signal: line.signal,
    onProgress: (done, total) => line.tell({ reply: "done", done, total }),
  });
  return scores.map((each) => responseScore(loaded, each));
}

function responseScore(loaded: RewardModel, each: Score): ResponseScore {
  const { value, tokenIds, response, images, timesMs } = each;
  const pieces = loaded.pieces(tokenIds.subarray(response.begin));
  return { value, steps: tokenSteps(each, pieces), tokens: tokenIds.length, images, timesMs };
}

/** @throws UnsupportedError where the browser keeps no files for this page */
async function store(): Promise<ModelStore> {
  opened ??= ModelStore.open();
  return await opened;
}

async function storeIfAny(): Promise<ModelStore | undefined> {
  try {
    return await store();
  } catch {
    opened = undefined;
    return undefined;
  }
}

async function keptModels(): Promise<KeptModels> {
  const kept = await store();
  const space = await kept.estimate();
  return {
    models: await kept.list(),
    usedBytes: space?.usedBytes,
    quotaBytes: space?.quotaBytes,
  };
}

async function check(how: "verify" | "repair", name: string, line: Line): Promise<KeptVerdict> {
  const kept = await store();
  const { ok, damaged } = await kept[how](name, {
    signal: line.signal,
    onProgress: (done, total) => line.tell({ reply: "done", done, total }),
  });
  const damagedBytes = damaged.reduce((sum, { begin, end }) => sum + end - begin, 0);
  return { ok, damagedBytes };
}

function faultOf(error: unknown, signal: AbortSignal): PageFault {
  const message = error instanceof Error ? error.message : String(error);
  if (signal.aborted) {
    return { code: "aborted", message };
  }
  return { code: codeOf(error), message };
}

/** Anything that is none of the engine's four errors is a defect, of the page or of the engine. */
function codeOf(error: unknown): FaultCode {
  const known: readonly FaultCode[] = ["input", "weights", "unsupported", "gpu"];
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return known.find((each) => each === code) ?? "defect";
}
