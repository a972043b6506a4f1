/**
 * The embedded model's samples: a list in JSON, and pictures that are fetched when they are chosen.
 */
import type { Draft, Picture } from "../draft/state.ts";
import type { Sample } from "./state.ts";

/**
 * Loads the samples.
 * @throws Error if the list is missing or has not the expected form
 */
export async function loadSamples(modelUrl: string): Promise<readonly Sample[]> {
  const url = new URL("samples/samples.json", modelUrl);
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`samples.json: the server answered ${response.status}`);
  }
  const rows: unknown = await response.json();
  if (!Array.isArray(rows)) {
    throw new TypeError("samples.json: not a list");
  }
  return rows.map((row: unknown) => parseSample(row, modelUrl));
}

/**
 * Loads a sample's picture.
 * @throws Error if it cannot be fetched
 */
export async function samplePicture(sample: Sample): Promise<Picture> {
  return { blob: await fetchPicture(sample.image), url: sample.image, name: sample.title };
}

/** Returns a picture with its bytes: the first example is shown before they are here. */
async function withBytes<T extends Picture | undefined>(picture: T): Promise<T> {
  const isAddress = picture?.blob.size === 0 && !picture.url.startsWith("blob:");
  return isAddress ? { ...picture, blob: await fetchPicture(picture.url) } : picture;
}

/** Returns a draft with the bytes of all its pictures. */
export async function withAllBytes(draft: Draft): Promise<Draft> {
  const { context } = draft;
  const all = async (pictures: readonly Picture[]): Promise<Picture[]> =>
    await Promise.all(pictures.map(withBytes));
  const rest = context && {
    ...context,
    morePictures: await all(context.morePictures),
    exchanges: await Promise.all(
      context.exchanges.map(async (one) => ({ ...one, pictures: await all(one.pictures) })),
    ),
  };
  return { ...draft, picture: await withBytes(draft.picture), context: rest };
}

async function fetchPicture(url: string): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url}: the server answered ${response.status}`);
  }
  return await response.blob();
}

function parseSample(row: unknown, modelUrl: string): Sample {
  const { id, title, image, prompt, candidates } = row as Record<string, unknown>;
  if (
    typeof id !== "string" ||
    typeof title !== "string" ||
    typeof image !== "string" ||
    typeof prompt !== "string" ||
    !Array.isArray(candidates) ||
    !candidates.every((candidate) => typeof candidate === "string")
  ) {
    throw new TypeError("samples.json: a sample needs id, title, image, prompt and candidates");
  }
  return { id, title, image: new URL(image, modelUrl).href, prompt, candidates };
}
