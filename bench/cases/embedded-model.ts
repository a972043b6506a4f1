/**
 * The embedded model from a decoded picture and a text to the score: each side resizes, templates
 * and tokenises by the same code, then the library scores as it always does, and the peer takes
 * floats [patches, values] as its exports do.
 */
import { casesOf, plainPreparation } from "../../testing/preparation.ts";
import { parsePreprocessorConfig } from "../../src/image/config.ts";
import type { Device } from "../../src/gpu/device.ts";
import { parseConfig } from "../../src/model/config.ts";
import { prepare } from "../../src/load/prepare.ts";
import type { Prepared } from "../../src/load/prepare.ts";
import { RewardModel } from "../../src/reward-model.ts";
import { loadTextProcessor } from "../../src/text/text-processor.ts";
import type { Conversation } from "../../src/types.ts";
import { openCheckpoint, readJson } from "../../src/checkpoint/checkpoint.ts";
import { toFloat32 } from "../../src/checkpoint/dtype.ts";
import { httpSource } from "../../src/files/http/http-source.ts";
import type { Source } from "../../src/files/source.ts";
import { patchify } from "../../testing/reference/patchify.ts";
import { embeddedModelGraph } from "../peers/embedded-model.ts";
import type { PeerConversation, Tensors } from "../peers/embedded-model.ts";
import { ortSession } from "../peers/ort.ts";
import type { PeerInput } from "../peers/ort.ts";
import type { Case, Contender } from "./case.ts";

/** From Node's root of the repository. */
const FOLDER = "/weights/tiny-vl-reward/";
/** A score is a sum of 128 products of what ten layers computed; scores are a few units. */
const LIMIT = 1e-3;

/** Where the page finds the embedded model. */
export function samplesFolder(): URL {
  return new URL(FOLDER, location.href);
}

/** The first sample, its picture decoded. */
export async function sample(): Promise<Conversation> {
  const response = await fetch(`${FOLDER}samples/01-tallest-bar.png`);
  const bitmap = await createImageBitmap(await response.blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  if (!canvas) throw new Error("no canvas");
  canvas.drawImage(bitmap, 0, 0);
  const image = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  return [
    {
      role: "user",
      content: [
        { type: "image", image },
        { type: "text", text: "Is purple the highest value?" },
      ],
    },
    { role: "assistant", content: "Yes, purple is the highest." },
  ];
}

async function ourModel(url: URL, conversation: Conversation): Promise<Contender> {
  const model = await RewardModel.fromPretrained(url);
  const score = async (): Promise<Float32Array> => {
    const { value } = await model.score(conversation);
    return Float32Array.of(value);
  };
  return {
    // A score is read back: there is nothing left to wait for.
    settled: async () => {},
    name: "score()",
    isPeer: false,
    limit: LIMIT,
    async submit() {
      await score();
    },
    output: score,
    release: async () => await model.dispose(),
  };
}

async function peerModel(
  name: string,
  device: Device,
  source: Source,
  conversation: Conversation,
): Promise<Contender> {
  const config = await parseConfig(await readJson(source, "config.json"));
  const preparation = plainPreparation({
    config,
    image: parsePreprocessorConfig(await readJson(source, "preprocessor_config.json")),
    text: await loadTextProcessor(source, undefined, config.imageTokenId ?? null),
    decodedBytes: 0, // the peer takes floats: the CPU resizes
  });
  const prepareOne = async (): Promise<{ own: Prepared; pixels: PeerInput }> => {
    const { prepared } = await prepare(preparation, casesOf([conversation]));
    const [own] = prepared;
    const picture = own?.pictures[0];
    if (!own || !picture) throw new Error("the sample has no picture");
    const { rows, columns } = picture.grid;
    const values = new Float32Array(patchify(picture.pixels, preparation.image));
    const dims = [1, rows * columns, values.length / rows / columns];
    return { own, pixels: { name: "pixel_values", values, dims } };
  };
  const { own, pixels } = await prepareOne();
  const [picture] = own.pictures;
  const [image] = own.prompt.images;
  if (!picture || !image) throw new Error("the sample has no picture");
  const { ids } = own.prompt;
  const fixed: PeerConversation = { ids, positions: own.positions, image, grid: picture.grid };
  const graph = embeddedModelGraph(config, await readTensors(source), fixed);
  const session = await ortSession(device, graph, [pixels], [1, 1, 1]);
  const score = async (): Promise<Float32Array> =>
    await session.runFromCpu([(await prepareOne()).pixels]);
  return {
    settled: async () => {},
    name: `ORT ${name}`,
    isPeer: true,
    limit: LIMIT,
    async submit() {
      await score();
    },
    output: score,
    release: session.release,
  };
}

async function readTensors(source: Source): Promise<Tensors> {
  const { tensors } = await openCheckpoint(source);
  const read = [...tensors.values()].map(async ({ name, dtype, file, begin, end }) => {
    const bytes = new Uint8Array(end - begin);
    await file.read(begin, bytes);
    return [name, toFloat32(bytes, dtype)] as const;
  });
  return new Map(await Promise.all(read));
}

export const embeddedModelCase: Case = {
  name: "embedded model, picture to score",
  flops: undefined,
  target: { swiftshader: 6, lavapipe: 2.5 },
  async build(bench) {
    const url = samplesFolder();
    const conversation = await sample();
    return [
      await ourModel(url, conversation),
      await peerModel("whole model f32", bench.device, httpSource(url), conversation),
      ...(bench.plainDevice
        ? [
            await peerModel(
              "the same, no subgroups",
              bench.plainDevice,
              httpSource(url),
              conversation,
            ),
          ]
        : []),
    ];
  },
};
