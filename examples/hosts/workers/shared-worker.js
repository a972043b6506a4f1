import { score } from "./score.js";

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = async () => port.postMessage(await score());
};
