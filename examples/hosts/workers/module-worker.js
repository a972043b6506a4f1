import { score } from "./score.js";

self.onmessage = async () => self.postMessage(await score());
