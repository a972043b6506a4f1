/**
 * Measures what a quantised copy saves on the second visit: a made-up model from a server of this
 * machine, in a real Chrome with its origin private file system. Each visit is a tab of its own.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { isQuantised } from "../../src/kernels/weight-forms.ts";
import type { QuantisedForm } from "../../src/kernels/weight-forms.ts";
import { parseConfig } from "../../src/model/config.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { openCheckpoint, readJson } from "../../src/checkpoint/checkpoint.ts";
import type { Source } from "../../src/files/source.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { openTestBrowser } from "../../testing/browser/browser.ts";
import { syntheticCheckpoint } from "../../testing/checkpoint/synthetic-checkpoint.ts";
import type { Visit } from "../page/visits.ts";

export interface CountedVisit extends Visit {
  /** Bytes that came from the server. */
  readonly netBytes: number;
}

export interface TwoVisits {
  readonly weights: "stored" | QuantisedForm;
  readonly first: CountedVisit;
  readonly second: CountedVisit;
}

/** Qwen2.5-0.5B's shape, and one block of the vision transformer, whose weights stay as stored. */
const SHAPE = { hidden: 896, intermediate: 4864, depth: 1 };
const FOLDER = "visited-model";

/**
 * Two visits with the weights as stored, then two with them quantised, of a store that was empty
 * before.
 */
export async function measureVisits(layers: number, form: QuantisedForm): Promise<TwoVisits[]> {
  const server = sourceServer(syntheticCheckpoint({ ...SHAPE, layers }));
  const browser = await openTestBrowser([server.plugin]);
  const visit = async (weights: TwoVisits["weights"], isLast: boolean): Promise<CountedVisit> => {
    const { page, module } = await browser.openPage();
    const tab = module<typeof import("../page/visits.ts")>("bench/page/visits.ts");
    const before = server.served();
    const seen = await tab.visit(new URL(`${FOLDER}/`, browser.url).href, weights);
    if (isLast) await tab.forget();
    await page.close();
    return { ...seen, netBytes: server.served() - before };
  };
  const visits: TwoVisits[] = [];
  try {
    for (const weights of ["stored", form] as const) {
      visits.push({
        weights,
        first: await visit(weights, false),
        second: await visit(weights, true),
      });
    }
  } finally {
    await browser.close();
  }
  return visits;
}

/** Serves a source's files by ranges, whose bytes are made for each answer, and counts them. */
function sourceServer(source: Source): { readonly plugin: Plugin; served(): number } {
  let served = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const file = await source.open((request.url ?? "").slice(1));
    if (file === undefined) return void response.writeHead(404, { "content-length": 0 }).end();
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
    const begin = Number(first ?? 0);
    const end = Math.min(Number(last ?? Infinity) + 1, file.byteLength);
    const bytes = new Uint8Array(end - begin);
    await file.read(begin, bytes);
    served += bytes.byteLength;
    response.writeHead(206, {
      "content-length": bytes.byteLength,
      "content-range": `bytes ${begin}-${end - 1}/${file.byteLength}`,
      "cache-control": "no-store",
      etag: '"1"',
    });
    response.end(bytes);
  };
  const plugin: Plugin = {
    name: FOLDER,
    configureServer({ middlewares }) {
      middlewares.use(`/${FOLDER}/`, (request, response) => void answer(request, response));
    },
  };
  return { plugin, served: () => served };
}

/**
 * The spec's default of maxStorageBufferBindingSize: weights are cut so that they fit any device.
 */
const BINDING_BYTES = 134_217_728;

export interface Sizes {
  readonly files: number;
  readonly q8: number;
  readonly q4: number;
  /** In each of the three; a visit reads a few rows of it. */
  readonly embedding: number;
}

/**
 * Bytes of the published 7B, and of its quantised copies: from its layout alone, nothing is read.
 */
export async function sizesOf7b(): Promise<Sizes> {
  const source = syntheticCheckpoint();
  const checkpoint = await openCheckpoint(source);
  const config = await parseConfig(await readJson(source, "config.json"));
  const copyBytes = (form: QuantisedForm): number => {
    const table = new WeightTable(checkpoint, BINDING_BYTES, form);
    modelWeights(table, config);
    const quantised = [...table.recipes].filter(([, { weight }]) => isQuantised(weight.form));
    const keys = new Set(quantised.map(([key]) => key));
    const replaced = new Set(
      quantised.flatMap(([, { ingredients }]) => ingredients.map(({ name }) => name)),
    );
    const kept = [...table.names()].filter((name) => !replaced.has(name));
    const parts = [...table.groups.values()].flat().filter(({ key }) => keys.has(key));
    return (
      kept.reduce((sum, name) => sum + table.entry(name).end - table.entry(name).begin, 0) +
      parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
    );
  };
  const { begin = 0, end = 0 } = checkpoint.tensors.get("model.embed_tokens.weight") ?? {};
  const [q8, q4] = [copyBytes("q8"), copyBytes("q4")];
  return { files: source.totalBytes, q8, q4, embedding: end - begin };
}
