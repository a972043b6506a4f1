import { score } from "./score.js";

self.onmessage = (event) => {
  event.waitUntil(score().then((said) => event.ports[0].postMessage(said)));
};
