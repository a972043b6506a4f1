import { ModelStore, RewardModel, WorkerRewardModel, assistant, user } from "./vl-reward.js";

const output = document.querySelector("output");

async function show(work) {
  try {
    output.value = await work();
  } catch (error) {
    output.value = error.message;
  }
}

async function score(Model) {
  const model = await Model.fromPretrained("./model/");
  const { value } = await model.score([
    user(new URL("./chart.png", location.href), "Is purple the highest value?"),
    assistant("Yes, purple is the highest."),
  ]);
  await model.dispose();
  return value.toFixed(6);
}

document.getElementById("page").onclick = () => show(() => score(RewardModel));
document.getElementById("worker").onclick = () => show(() => score(WorkerRewardModel));
document.getElementById("store").onclick = () => show(() => ModelStore.open());
