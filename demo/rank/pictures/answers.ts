/** Ranks generated pictures in the worker. The job's code is loaded for the first ones. */
import type { RewardModel } from "../../../src/reward-model.ts";
import { tellDone } from "../../engine/protocol.ts";
import type { Answers } from "../../engine/protocol.ts";
import type { PictureJob } from "./job.ts";

/** A model's job goes with it: another model begins with no scores. */
const jobs = new WeakMap<RewardModel, PictureJob>();

export const pictureAnswers: Answers<"rankPictures"> = {
  async rankPictures({ request }, line, model) {
    const { PictureJob: Job } = await import("./job.ts");
    const job = jobs.get(model) ?? new Job(model);
    jobs.set(model, job);
    return await job.run(request, line.signal, tellDone(line));
  },
};
