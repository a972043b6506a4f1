import { assistant, user } from "./vl-reward.js";

export const conversation = [
  user(new URL("./chart.png", import.meta.url), "Is purple the highest value?"),
  assistant("Yes, purple is the highest."),
];
