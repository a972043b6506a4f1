/** Where pairs come from: files of a person's own, other views, or twenty built-in ones. */
import { at } from "../../src/base/at.ts";
import { InputError } from "../../src/errors.ts";
import { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import { readRows } from "../../src/rows/read-file.ts";
import type { ReadRow } from "../../src/rows/read-row.ts";
import type { Conversation, ImageInput, Message } from "../../src/types.ts";
import { namedFile } from "../base/named-file.ts";
import { RowPictures } from "../base/row-pictures.ts";
import type { GivenPair } from "../draft/to-label.ts";
import type { KeptPair } from "../store/label-sessions.ts";

export interface PairsOfFiles {
  readonly pairs: readonly KeptPair[];
  /** Rows that could not be used and columns that were not read, in words. */
  readonly notes: readonly string[];
}

const MOST_PAIRS = 10_000;
/** Of four responses every two are a pair; of more, neighbours in a ring. */
const EVERY_TWO = 4;

/**
 * Reads pairs from tables, with the pictures that they name.
 * @throws InputError if no row has two responses
 */
export async function pairsOfFiles(
  tables: readonly File[],
  pictures: readonly File[],
): Promise<PairsOfFiles> {
  const read = await readRows(await Promise.all(tables.map(namedFile)));
  const finder = new RowPictures(read.tables, pictures);
  const pairs: KeptPair[] = [];
  const faults: string[] = [];
  for (const [number, row] of read.rows.entries()) {
    if (row instanceof Error) {
      faults.push(row.message);
      continue;
    }
    try {
      pairs.push(...(await pairsOfRow(row, number, finder)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(`${row.where}: ${error.message}`);
    }
    if (pairs.length >= MOST_PAIRS) break;
  }
  if (pairs.length === 0) {
    throw new InputError({
      where: tables.map(({ name }) => name).join(", "),
      expected: "rows with two responses or more",
      got: faults[0] ?? `${read.rows.length} rows without`,
    });
  }
  return { pairs: pairs.slice(0, MOST_PAIRS), notes: [...read.warnings, ...faults] };
}

async function pairsOfRow(
  { id, messages, responses, labels, where }: ReadRow,
  number: number,
  finder: RowPictures,
): Promise<KeptPair[]> {
  if (responses.length < 2) {
    throw new InputError({ where, expected: "two responses", got: responses.length });
  }
  const names: string[] = [];
  const own = await withPictures(messages, async (image) => {
    const name = nameOf(image, names.length, where);
    names.push(name);
    return new File([await finder.find(image)], name);
  });
  const group = labels.group ?? labels.category ?? labels.task;
  const pairs = indexPairs(responses.length);
  const rowId = id === undefined ? `row ${number + 1}` : String(id);
  return pairs.map(([a, b]) => ({
    id: pairs.length === 1 ? rowId : `${rowId} ${a + 1}:${b + 1}`,
    messages: own,
    responses: [at(responses, a), at(responses, b)],
    group,
    pictureNames: names,
  }));
}

function nameOf(image: ImageInput | EmbeddedPicture, index: number, where: string): string {
  if (image instanceof File) return image.name;
  const isPath = typeof image === "string" && !/^data:/i.test(image) && image.length < 400;
  return isPath ? image : `${where.replaceAll(/[^\w.-]+/g, "-")}-${index + 1}`;
}

async function withPictures(
  messages: Conversation,
  find: (image: ImageInput) => Promise<ImageInput>,
): Promise<Conversation> {
  const found: Message[] = [];
  for (const message of messages) {
    if (typeof message.content === "string") {
      found.push(message);
      continue;
    }
    const content = [];
    for (const part of message.content) {
      content.push(part.type === "image" ? { ...part, image: await find(part.image) } : part);
    }
    found.push({ ...message, content });
  }
  return found;
}

/** Returns which responses are compared. */
export function indexPairs(count: number): (readonly [number, number])[] {
  const all = Array.from({ length: count }, (_, i) => i);
  return count <= EVERY_TWO
    ? all.flatMap((a) => all.slice(a + 1).map((b) => [a, b] as const))
    : all.map((a) => [a, (a + 1) % count] as const);
}

/** Takes the pairs that another view gave. */
export function keptPair({ id, messages, responses, group, pictureNames }: GivenPair): KeptPair {
  const turn = (content: string): Conversation => [{ role: "assistant", content }];
  const [a, b] = responses;
  return { id, messages, responses: [turn(a), turn(b)], group, pictureNames };
}

const BUILT_IN = 20;

/**
 * Returns twenty pairs of the embedded model's samples: of each, its first two responses and two
 * that differ in what they say.
 * @throws Error if they cannot be fetched
 */
export async function builtInPairs(modelUrl: string): Promise<readonly KeptPair[]> {
  const response = await fetch(new URL("samples/samples.json", modelUrl));
  if (!response.ok) throw new Error(`samples.json: the server answered ${response.status}`);
  const samples = (await response.json()) as readonly BuiltIn[];
  const chosen = samples.flatMap((sample, i) =>
    ([[0, 1], i % 2 === 0 ? [0, 2] : [1, 3]] as const).map((pair) => ({ sample, pair })),
  );
  const pictures = new Map<string, Promise<File>>();
  return await Promise.all(
    chosen.slice(0, BUILT_IN).map(async ({ sample, pair: [a, b] }): Promise<KeptPair> => {
      const { id, image, prompt, candidates } = sample;
      const picture = pictures.get(image) ?? fetchPicture(new URL(image, modelUrl), image);
      pictures.set(image, picture);
      const content = [
        { type: "image" as const, image: await picture },
        { type: "text" as const, text: prompt },
      ];
      return {
        ...keptPair({
          id: `${id} ${a + 1}:${b + 1}`,
          messages: [{ role: "user", content }],
          responses: [at(candidates, a), at(candidates, b)],
          pictureNames: [image],
        }),
      };
    }),
  );
}

interface BuiltIn {
  readonly id: string;
  readonly image: string;
  readonly prompt: string;
  readonly candidates: readonly string[];
}

async function fetchPicture(url: URL, name: string): Promise<File> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${name}: the server answered ${response.status}`);
  return new File([await response.blob()], name);
}

/**
 * Returns the pairs with copies of their pictures: a file of a person's own may be moved or changed
 * before the pair is shown.
 * @throws DOMException if a file cannot be read any more
 */
export async function withOwnPictures(pairs: readonly KeptPair[]): Promise<KeptPair[]> {
  const copies = new Map<Blob, Promise<Blob>>();
  const copy = async (image: ImageInput): Promise<ImageInput> => {
    if (!(image instanceof Blob)) return image;
    const own = copies.get(image) ?? image.arrayBuffer().then((bytes) => new Blob([bytes]));
    copies.set(image, own);
    return await own;
  };
  const own: KeptPair[] = [];
  for (const pair of pairs) {
    own.push({ ...pair, messages: await withPictures(pair.messages, copy) });
  }
  return own;
}

const promptKeys = new WeakMap<KeptPair, string>();

/** Returns what a pair asks: the same for pairs of one prompt. */
export function promptKey(pair: KeptPair): string {
  const known = promptKeys.get(pair);
  const key = known ?? JSON.stringify([textsOf(pair.messages), pair.pictureNames]);
  if (known === undefined) promptKeys.set(pair, key);
  return key;
}

/** Returns a pair with its pictures by name, as rows have it. */
export function namedPair(pair: KeptPair): KeptPair {
  let index = 0;
  const messages = pair.messages.map((message) =>
    typeof message.content === "string"
      ? message
      : {
          ...message,
          content: message.content.map((part) =>
            part.type === "image" ? { ...part, image: at(pair.pictureNames, index++) } : part,
          ),
        },
  );
  return { ...pair, messages };
}

function textsOf(messages: Conversation): unknown {
  return messages.map(({ role, content }) => [
    role,
    typeof content === "string"
      ? content
      : content.map((part) => (part.type === "text" ? part.text : "")),
  ]);
}
