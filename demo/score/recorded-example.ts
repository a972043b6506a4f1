/**
 * A recorded verdict, for browsers without WebGPU: the first sample of the embedded model, scored
 * by Hugging Face's transformers. A test holds the engine to the same numbers.
 */
import { draftResponse } from "../draft/state.ts";
import type { ResponseScore, TokenStep } from "../engine/protocol.ts";
import recorded from "./recorded-example.json" with { type: "json" };
import type { Verdict } from "../verdict/state.ts";

/**
 * Returns the example.
 * @param embeddedUrl folder of the embedded model, which has the sample's picture
 */
export function recordedExample(embeddedUrl: string): Verdict {
  const url = new URL(recorded.image, embeddedUrl).href;
  const picture = { blob: new Blob(), url, name: recorded.title };
  const responses = recorded.responses.map(({ text }) => draftResponse(text));
  return {
    draft: { picture, prompt: recorded.prompt, responses },
    scores: recorded.responses.map(({ tokens, steps }) => recordedScore(tokens, steps)),
    judge: undefined,
  };
}

function recordedScore(tokens: number, rows: readonly (string | number)[][]): ResponseScore {
  const steps = rows.map(([text, value, part]): TokenStep => {
    const isKnown = part === "start" || part === "end";
    return { text: String(text), value: Number(value), part: isKnown ? part : "response" };
  });
  const timesMs = { images: 0, text: 0, gpu: 0, total: 0 };
  return { value: steps.at(-1)?.value ?? Number.NaN, steps, tokens, images: [], timesMs };
}
