import type { RewardModel } from "vl-reward";
import type { WorkerRewardModel } from "vl-reward/worker";

const output = document.querySelector("output")!;
const conversation = [
  {
    role: "user",
    content: [
      { type: "image", image: new URL("/chart.png", location.href) },
      { type: "text", text: "Is purple the highest value?" },
    ],
  },
  { role: "assistant", content: "Yes, purple is the highest." },
] as const;

async function show(load: () => Promise<RewardModel | WorkerRewardModel>): Promise<void> {
  try {
    const model = await load();
    const { value } = await model.score(conversation);
    output.value = value.toFixed(6);
    await model.dispose();
  } catch (error) {
    output.value = String(error);
  }
}

document.getElementById("page")!.onclick = () =>
  show(async () => {
    const { RewardModel } = await import("vl-reward");
    return await RewardModel.fromPretrained("/model/");
  });
document.getElementById("worker")!.onclick = () =>
  show(async () => {
    const { WorkerRewardModel } = await import("vl-reward/worker");
    return await WorkerRewardModel.fromPretrained("/model/");
  });
