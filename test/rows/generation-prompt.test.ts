/** Prompts as programs write them into pictures. */
import { expect, test } from "vitest";
import { generationPrompt } from "../../src/rows/generation-prompt.ts";

const promptOf = (texts: Readonly<Record<string, string>>): string | undefined =>
  generationPrompt(new Map(Object.entries(texts)), "a.png");

const node = (type: string, inputs: object): object => ({ class_type: type, inputs });
const clip = (text: unknown): object => node("CLIPTextEncode", { text, clip: ["4", 1] });
const sampler = (positive: string, negative = "7"): object =>
  node("KSampler", { positive: [positive, 0], negative: [negative, 0], seed: 1 });
const workflow = (nodes: object): Record<string, string> => ({ prompt: JSON.stringify(nodes) });

test.each<[string, Record<string, string>, string | undefined]>([
  [
    "web UI",
    { parameters: "a cat,\nblue\nNegative prompt: dog\nSteps: 20, Sampler: Euler" },
    "a cat,\nblue",
  ],
  ["web UI without a negative prompt", { parameters: "a cat\nSteps: 20, Seed: 3" }, "a cat"],
  ["web UI, a prompt alone", { parameters: "steps to heaven" }, "steps to heaven"],
  ["web UI, an empty prompt", { parameters: "Negative prompt: dog\nSteps: 20" }, undefined],
  ["Fooocus", { parameters: '{"prompt": "a cat", "negative_prompt": "dog"}' }, "a cat"],
  ["InvokeAI", { invokeai_metadata: '{"positive_prompt": "a cat"}' }, "a cat"],
  ["NovelAI", { Description: "1girl, cat", Software: "NovelAI" }, "1girl, cat"],
  ["another program", { prompt: "a cat" }, "a cat"],
  ["none", { Software: "Photoshop" }, undefined],
  ["a JSON that is none", { prompt: '{"3": ' }, '{"3":'],
  ["ComfyUI", workflow({ 3: sampler("6"), 6: clip("a cat"), 7: clip("dog") }), "a cat"],
  [
    "ComfyUI, a text node before the encoder",
    workflow({
      3: sampler("6"),
      6: clip(["9", 0]),
      7: clip("dog"),
      9: node("Text", { string: "a cat" }),
    }),
    "a cat",
  ],
  [
    "ComfyUI, SDXL's two encoders with one text",
    workflow({
      3: sampler("6"),
      6: node("CLIPTextEncodeSDXL", { text_g: "a cat", text_l: "a cat" }),
    }),
    "a cat",
  ],
  [
    "ComfyUI, Flux: a guider and guidance between",
    workflow({
      3: node("SamplerCustomAdvanced", { guider: ["5", 0] }),
      5: node("BasicGuider", { conditioning: ["8", 0] }),
      8: node("FluxGuidance", { conditioning: ["6", 0], guidance: 3.5 }),
      6: clip("a cat"),
    }),
    "a cat",
  ],
  [
    "ComfyUI, two samplers of one prompt",
    workflow({ 3: sampler("6"), 4: sampler("6"), 6: clip("a cat") }),
    "a cat",
  ],
  [
    "ComfyUI, Python's NaN",
    {
      prompt:
        '{"3": {"inputs": {"positive": ["6", 0], "x": NaN}}, "6": {"inputs": {"text": "x: NaN"}}}',
    },
    "x: NaN",
  ],
  ["ComfyUI, a loop", workflow({ 3: sampler("6"), 6: node("X", { text: ["6", 0] }) }), undefined],
])("prompt: %s → found or not", (_, texts, wanted) => {
  expect(promptOf(texts)).toBe(wanted);
});

test("prompt: two samplers with different prompts → refused, with both", () => {
  const nodes = { 3: sampler("6"), 4: sampler("8"), 6: clip("a cat"), 8: clip("a hat") };
  expect(() => promptOf(workflow(nodes))).toThrow(
    /a\.png: its workflow has several prompts.*"a cat", "a hat".*\.txt/s,
  );
});

test("prompt: nodes that link to each other in every way → ended immediately", () => {
  const all = Array.from({ length: 60 }, (_, i) => String(i));
  const links = (i: string): object =>
    Object.fromEntries(
      ["text", "prompt", "string", "value", "text_g"].map((name, k) => [
        name,
        [all[(Number(i) + k) % 60], 0],
      ]),
    );
  const nodes = Object.fromEntries(
    all.map((i) => [i, node("X", { ...links(i), positive: ["0", 0] })]),
  );
  expect(promptOf(workflow(nodes))).toBeUndefined();
});
