importScripts("./engine-worker.js");
