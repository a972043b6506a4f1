// Scores a response in Node, on Dawn's WebGPU: `npm install vl-reward webgpu sharp`, then
// `node score.mjs FOLDER PICTURE PROMPT RESPONSE`. The folder is a model as it was published.
import { openAsBlob } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { RewardModel } from "vl-reward";
import { create } from "webgpu";

const [folder, picture, prompt, response] = process.argv.slice(2);

// The library takes files as a browser hands them over.
const names = await readdir(folder);
const files = await Promise.all(
  names.map(async (name) => new File([await openAsBlob(path.join(folder, name))], name)),
);
const gpu = create([]); // kept: Dawn aborts when it is collected
const model = await RewardModel.fromPretrained(files, { gpu });

// Node decodes no pictures: sharp does, turned upright and laid over white.
const { data, info } = await sharp(picture)
  .rotate()
  .flatten({ background: "white" })
  .toColourspace("srgb")
  .ensureAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
const image = { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };

const { value } = await model.score([
  {
    role: "user",
    content: [
      { type: "image", image },
      { type: "text", text: prompt },
    ],
  },
  { role: "assistant", content: response },
]);
console.log(value.toFixed(5));
await model.dispose();
process.exit(0); // Dawn would keep the process alive.
