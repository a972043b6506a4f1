/** Answers the Report view in the worker. The job's code is loaded for the first report. */
import type { RewardModel } from "../../src/reward-model.ts";
import { stepsInputs } from "../../src/text/template/steps.ts";
import type { WeightForm } from "../../src/types.ts";
import { tellDone } from "../engine/protocol.ts";
import type { Answers } from "../engine/protocol.ts";
import type { ReportJob, Scorer } from "./job.ts";

/** A model's job goes with it: another model begins with no scores. */
const jobs = new WeakMap<RewardModel, Promise<ReportJob>>();

export const reportAnswers: Answers<"report" | "reportAudit" | "reportPicture" | "reportMessages"> =
  {
    async report({ request, weights }, line, model) {
      const job = await reportJob(model, weights);
      return await job.run(request, line.signal, tellDone(line));
    },

    async reportAudit(_, line, model) {
      const job = await reportJob(model);
      return await job.audit(line.signal, tellDone(line));
    },

    async reportPicture({ row }, _, model) {
      const job = await reportJob(model);
      return { picture: await job.picture(row) };
    },

    async reportMessages({ row }, _, model) {
      const job = await reportJob(model);
      return { messages: await job.messages(row) };
    },
  };

/** @param weights the form of the model's weights: the first report gives it */
async function reportJob(model: RewardModel, weights?: WeightForm): Promise<ReportJob> {
  const job = jobs.get(model) ?? makeJob(model, weights);
  jobs.set(model, job);
  return await job;
}

/** Scores conversations; for a model that judges steps they are solutions. */
function scorerOf(model: RewardModel): Scorer {
  return {
    score: async (conversations, options) =>
      await model.score(model.readsSteps ? conversations.map(stepsInputs) : conversations, options),
  };
}

async function makeJob(model: RewardModel, weights: WeightForm | undefined): Promise<ReportJob> {
  const { name } = model;
  const [base = name, revision] = /^https?:/.test(name) ? [name] : name.split("@");
  const { ReportJob: Job } = await import("./job.ts");
  return new Job(scorerOf(model), { model: base, revision, weights, head: model.head?.name });
}
