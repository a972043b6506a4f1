/** Answers the Report view in the worker. The job's code is loaded for the first report. */
import { loadedModel } from "../engine/answers.ts";
import type { Loaded } from "../engine/answers.ts";
import { tellDone } from "../engine/worker.ts";
import type { Answers } from "../engine/worker.ts";
import { stepsInputs } from "../../src/text/template/steps.ts";
import type { ReportJob, Scorer } from "./job.ts";

/** A model's job goes with it: another model begins with no scores. */
const jobs = new WeakMap<Loaded, Promise<ReportJob>>();

export const reportAnswers: Answers<"report" | "reportAudit" | "reportPicture" | "reportMessages"> =
  {
    async report({ request }, line) {
      const job = await reportJob();
      return await job.run(request, line.signal, tellDone(line));
    },

    async reportAudit(_, line) {
      const job = await reportJob();
      return await job.audit(line.signal, tellDone(line));
    },

    async reportPicture({ row }) {
      const job = await reportJob();
      return { picture: await job.picture(row) };
    },

    async reportMessages({ row }) {
      const job = await reportJob();
      return { messages: await job.messages(row) };
    },
  };

async function reportJob(): Promise<ReportJob> {
  const loaded = loadedModel();
  const job = jobs.get(loaded) ?? makeJob(loaded);
  jobs.set(loaded, job);
  return await job;
}

/** Scores conversations; for a model that judges steps they are solutions. */
function scorerOf({ model }: Loaded): Scorer {
  return {
    score: async (conversations, options) =>
      await model.score(model.readsSteps ? conversations.map(stepsInputs) : conversations, options),
  };
}

async function makeJob(loaded: Loaded): Promise<ReportJob> {
  const { model, choice } = loaded;
  const { name } = model;
  const [base = name, revision] = /^https?:/.test(name) ? [name] : name.split("@");
  const { ReportJob: Job } = await import("./job.ts");
  return new Job(scorerOf(loaded), {
    model: base,
    revision,
    weights: choice.weights,
    head: model.head?.name,
  });
}
