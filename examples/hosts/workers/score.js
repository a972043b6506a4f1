import { RewardModel, assistant, user } from "./vl-reward.js";

export const conversation = [
  user(new URL("./chart.png", import.meta.url), "Is purple the highest value?"),
  assistant("Yes, purple is the highest."),
];

/** Returns the score as text, or what went wrong. */
export async function score() {
  try {
    const model = await RewardModel.fromPretrained(new URL("./model/", import.meta.url));
    const { value } = await model.score(conversation);
    model.dispose();
    return value.toFixed(6);
  } catch (error) {
    return error.message;
  }
}
