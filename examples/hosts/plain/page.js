import "./element.js";

const output = document.querySelector("output");
const conversation = [
  {
    role: "user",
    content: [
      { type: "image", image: new URL("./chart.png", location.href) },
      { type: "text", text: "Is purple the highest value?" },
    ],
  },
  { role: "assistant", content: "Yes, purple is the highest." },
];

async function show(load) {
  try {
    const model = await load();
    const { value } = await model.score(conversation);
    output.value = value.toFixed(6);
    await model.dispose();
  } catch (error) {
    output.value = error.message;
  }
}

document.getElementById("page").onclick = () =>
  show(async () => {
    const { RewardModel } = await import("./vl-reward.js");
    return await RewardModel.fromPretrained("./model/");
  });
document.getElementById("worker").onclick = () =>
  show(async () => {
    const { WorkerRewardModel } = await import("./worker.js");
    return await WorkerRewardModel.fromPretrained("./model/");
  });
