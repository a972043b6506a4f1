/** Stored scores as `score` writes them, without drift or with a planted one. */
import type { JsonObject } from "../../src/base/json.ts";
import { Draws } from "./draws.ts";

export type Planted = "none" | "engine" | "model" | "traffic";

export interface PlantedRun {
  readonly seed: number;
  readonly rows: number;
  readonly drift: Planted;
  /** How large the drift is; each kind has its own unit. */
  readonly size?: number;
}

/** What each kind changes by, if a run does not say: standard deviations of the score. */
const SIZES = { none: 0, engine: 0.01, model: 0.5, traffic: 0.4 };
const ANCHORS = 30;
const START = Date.parse("2026-11-01T00:00:00Z");

/** Returns anchors and traffic of a judge that nothing has changed. */
export function plantedReference(seed: number, rows: number): JsonObject[] {
  return [...plantedAnchors(), ...plantedRows({ seed: seed + 1000, rows, drift: "none" })];
}

/** Returns a run: replays of the anchors, then rows of traffic. */
export function plantedRun(run: PlantedRun): JsonObject[] {
  const draws = new Draws(run.seed * 7919 + 3);
  const size = run.size ?? SIZES[run.drift];
  const anchors = plantedAnchors().map((row) => ({
    ...row,
    score: Number(row["score"]) + changeOf(run.drift, size, draws),
  }));
  return [...anchors, ...plantedRows({ ...run, size })];
}

/** An engine changes each score by a little, a model by a lot: both also change the traffic's. */
function changeOf(drift: Planted, size: number, draws: Draws): number {
  return drift === "engine" || drift === "model" ? size * draws.normal() : 0;
}

function plantedAnchors(): JsonObject[] {
  const draws = new Draws(77);
  return Array.from({ length: ANCHORS }, (_, i) => ({
    id: `anchor ${i + 1}`,
    anchor: true,
    score: draws.normal(),
    tokens: 40 + draws.below(200),
    digest: `d${i}`,
  }));
}

/** Yields the traffic alone, row by row. */
export function* plantedRows({
  seed,
  rows,
  drift,
  size = SIZES[drift],
}: PlantedRun): Generator<JsonObject> {
  const draws = new Draws(seed);
  const kinds = ["chart", "photo", "text"];
  for (let i = 0; i < rows; i++) {
    const kind = kinds[draws.below(kinds.length)] ?? "text";
    const isText = kind === "text";
    const shift = drift === "traffic" ? size : 0;
    const isLabelled = draws.uniform() < 0.05;
    const chance = 0.55 + 0.44 * draws.uniform();
    yield {
      id: `${seed}-${i}`,
      score: draws.normal() + shift + changeOf(drift, size, draws),
      tokens: Math.round(80 * Math.exp(0.5 * draws.normal())),
      time: START + i * 60_000,
      pictures: isText ? 0 : 1,
      ...(!isText && { pixels: 20_000 + draws.below(60_000) }),
      outside: draws.uniform() < 0.03,
      probability: chance,
      ...(isLabelled && { correct: draws.uniform() < chance }),
      kind,
    };
  }
}
