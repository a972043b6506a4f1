/** Ranks generated pictures in the worker. The job's code is loaded for the first ones. */
import { loadedModel } from "../../engine/answers.ts";
import type { Loaded } from "../../engine/answers.ts";
import { tellDone } from "../../engine/worker.ts";
import type { Answers } from "../../engine/worker.ts";
import type { PictureJob } from "./job.ts";

/** A model's job goes with it: another model begins with no scores. */
const jobs = new WeakMap<Loaded, PictureJob>();

export const pictureAnswers: Answers<"rankPictures"> = {
  async rankPictures({ request }, line) {
    const loaded = loadedModel();
    const { PictureJob: Job } = await import("./job.ts");
    const job = jobs.get(loaded) ?? new Job(loaded.model);
    jobs.set(loaded, job);
    return await job.run(request, line.signal, tellDone(line));
  },
};
