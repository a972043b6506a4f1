import { WorkerRewardModel } from "./vl-reward.js";
import { conversation } from "./score.js";

const output = document.querySelector("output");

/** Asks a worker that answers by one message. */
function ask(port) {
  return new Promise((resolve, reject) => {
    port.onmessage = ({ data }) => resolve(data);
    port.onerror = ({ message }) => reject(new Error(message));
    port.postMessage("score");
  });
}

async function throughClient(options) {
  const model = await WorkerRewardModel.fromPretrained("./model/", options);
  const { value } = await model.score(conversation);
  await model.dispose();
  return value.toFixed(6);
}

const kinds = {
  module: () => ask(new Worker("./module-worker.js", { type: "module" })),
  classic: () => ask(new Worker("./classic-worker.js")),
  imported: () => throughClient({ worker: () => new Worker("./imported-worker.js") }),
  shared: () => ask(new SharedWorker("./shared-worker.js", { type: "module" }).port),
  tabs: () => throughClient({ shared: true }),
  async service() {
    await navigator.serviceWorker.register("./service-worker.js", { type: "module" });
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    active.postMessage("score", [port2]);
    return await new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  },
};

for (const [kind, work] of Object.entries(kinds)) {
  document.getElementById(kind).onclick = async () => {
    output.value = await work().catch((error) => error.message);
  };
}
