// Scores a response in Node, on Dawn's WebGPU: `npm install vl-reward webgpu sharp`, then
// `node score.mjs FOLDER PICTURE PROMPT RESPONSE`. The folder is a model as it was published.
import { readFile } from "node:fs/promises";
import { RewardModel } from "vl-reward";
import { directorySource, nodeGpu, sharpDecoder } from "vl-reward/node";

const [folder, picture, prompt, response] = process.argv.slice(2);

const model = await RewardModel.fromPretrained(directorySource(folder), {
  gpu: await nodeGpu(),
  decodeImage: sharpDecoder(), // Node decodes no pictures
});

const { value } = await model.score([
  {
    role: "user",
    content: [
      { type: "image", image: await readFile(picture) },
      { type: "text", text: prompt },
    ],
  },
  { role: "assistant", content: response },
]);
console.log(value.toFixed(5));
await model.dispose();
process.exit(0); // Dawn would keep the process alive.
