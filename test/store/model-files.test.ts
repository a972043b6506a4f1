/** Which files of a folder are kept, if its weights have a name of their own. */
import { expect, test } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { findModelFiles } from "../../src/store/layout/model-files.ts";
import { memorySource } from "../../testing/files/node-source.ts";
import { tensorFile } from "../../testing/checkpoint/safetensors-bytes.ts";

const weights = tensorFile({ t: [1] });

test.each([
  ["HPSv3's one file", { "HPSv3.safetensors": weights }, "HPSv3.safetensors"],
  [
    "a file that reward.json names",
    { "reward.json": '{"weights": "Judge.safetensors"}', "Judge.safetensors": weights },
    "Judge.safetensors",
  ],
])(
  "findModelFiles: %s → kept; model.safetensors is not asked for again",
  async (_, files, path) => {
    const source = memorySource(files);
    const found = await findModelFiles(source);
    expect(found.files.map((file) => file.path)).toContain(path);
    expect(found.absent).toContain("model.safetensors");
    const named = Promise.resolve("reward.json" in files ? path : undefined);
    const { tensors } = await openCheckpoint(source, { weights: named });
    expect([...tensors.keys()]).toEqual(["t"]);
  },
);
