import { RewardModel } from "./vl-reward.js";
import { conversation } from "./conversation.js";

let model;

async function score() {
  try {
    // Kept until Chrome stops the service worker; the next message loads it again.
    model ??= RewardModel.fromPretrained(chrome.runtime.getURL("model/"));
    return (await (await model).score(conversation)).value.toFixed(6);
  } catch (error) {
    return error.message;
  }
}

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  if (message !== "score") return false;
  void score().then(reply);
  return true;
});
