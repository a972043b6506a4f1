import { RewardModel, WorkerRewardModel } from "./vl-reward.js";
import { conversation } from "./conversation.js";

const output = document.querySelector("output");

async function score(Model) {
  try {
    const model = await Model.fromPretrained("./model/");
    output.value = (await model.score(conversation)).value.toFixed(6);
    await model.dispose();
  } catch (error) {
    output.value = error.message;
  }
}

document.getElementById("page").onclick = () => score(RewardModel);
document.getElementById("worker").onclick = () => score(WorkerRewardModel);
document.getElementById("background").onclick = async () => {
  output.value = await chrome.runtime.sendMessage("score");
};
