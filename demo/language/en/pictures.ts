/** Rank: generated pictures, by their prompts. Loaded when asked for. */

export interface PictureWords {
  readonly files: string;
  readonly folder: string;
  readonly filesHelp: string;
  chosen(pictures: string): string;
  promptsFrom(names: string): string;
  readonly prompt: string;
  readonly promptHelp: string;
  readonly noPictures: string;
  twoPrompts(names: string): string;
  readonly goOn: string;
  readonly working: string;
  readonly stopped: string;
  said(scored: string, total: string): string;
  partial(scored: string, total: string): string;
  failed(pictures: string): string;
  readonly saveJsonl: string;
  readonly empty: string;
  readonly emptyHow: string;
  otherModel(name: string): string;
  readonly otherModelTodo: string;
}

export const english: PictureWords = {
  files: "Choose pictures",
  folder: "Choose a folder",
  filesHelp: "Or drop them anywhere. They stay on this machine.",
  chosen: (pictures) => (pictures === "1" ? "1 picture." : `${pictures} pictures.`),
  promptsFrom: (names) => `Prompts from ${names}.`,
  prompt: "Prompt of all pictures",
  promptHelp:
    "Empty: each picture has its own. It is read from NAME.txt beside it, from a .jsonl file with image and prompt, or from the PNG itself, as ComfyUI, Stable Diffusion web UI, Forge, Fooocus, InvokeAI and NovelAI write it.",
  noPictures: "Choose the pictures: PNG, JPEG, WebP, GIF, BMP or AVIF files.",
  twoPrompts: (names) => `Choose one file of prompts, not several: ${names}.`,
  goOn: "Go on",
  working: "Scoring pictures…",
  stopped: "Stopped. The pictures so far are ranked.",
  said: (scored, total) => `${scored} of ${total} pictures ranked`,
  partial: (scored, total) =>
    `Stopped: ${scored} of ${total} pictures have a score. Go on scores the others.`,
  failed: (pictures) => `Pictures without a score: ${pictures}`,
  saveJsonl: "Save as JSON lines",
  empty: "The pictures will stand here, best first for each prompt.",
  emptyHow: "It takes a model that judges a generated picture by its prompt, such as HPSv3.",
  otherModel: (name) =>
    `${name} judges answers. It does not judge a generated picture by its prompt.`,
  otherModelTodo:
    "Load HPSv3 under Models, or a folder whose reward.json has a prompt with prompt and image",
};
