self.onmessage = async () => {
  const { score } = await import("./score.js");
  self.postMessage(await score());
};
