// Tested by: test/text/template/fill-prompt.test.ts
/**
 * The prompt of a model that makes its own: parts of turns, with places for the fields of a case.
 * `model/heads/read-record.ts` reads it from reward.json.
 */

/** A part of a turn. */
export type PromptPart =
  /** A text; `{field}` is a place, and braces that name no field stay. */
  | { readonly text: string }
  /** The picture in a field. */
  | { readonly image: string }
  /** Each picture of a list, in a turn of its own. */
  | { readonly pages: string }
  /** Each text of a list, followed by another text. */
  | { readonly each: string; readonly after: string }
  /** Pictures and text of a field `{ text?, images? }`; a fixed text if it has neither. */
  | { readonly side: string; readonly empty: string };

/** A text that is tokenised by itself: one, or each of a list with another behind it. */
export type PromptPiece = string | { readonly each: string; readonly after: string };

/** How pictures are prepared before the model's image processor sees them. */
export interface PictureRules {
  /**
   * A resize before that of the processor: that of qwen_vl_utils, to sides of whole tokens, by the
   * picture's own budget or between 4 and 16,384 tokens.
   */
  readonly firstResize?: "qwen_vl_utils" | undefined;
  /** Area after a resize by Pillow's arithmetic, in pixels; it replaces the processor's. */
  readonly minPixels?: number | undefined;
  readonly maxPixels?: number | undefined;
  /** Transparency is laid over white, or dropped. */
  readonly alpha?: "white" | "drop" | undefined;
  /** Whether EXIF turns a picture. */
  readonly orientation?: "exif" | "stored" | undefined;
}

export const ROLES = ["system", "user", "assistant"] as const;

export interface PromptRecord {
  readonly system?: readonly PromptPart[] | undefined;
  readonly user?: readonly PromptPart[] | undefined;
  readonly assistant?: readonly PromptPart[] | undefined;
  /** Texts that are tokenised one by one, in place of turns. */
  readonly pieces?: readonly PromptPiece[] | undefined;
  /** Values of fields that a case leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Whether the template opens the assistant's turn at the end. */
  readonly generationPrompt: boolean;
  /** A text behind what the template made; it may spell control tokens. */
  readonly suffix: string;
  readonly pictures: PictureRules;
}

/** A prompt without turns: a case brings its own messages. */
export const PLAIN_PROMPT: PromptRecord = {
  defaults: {},
  generationPrompt: false,
  suffix: "",
  pictures: {},
};

/** Returns whether the prompt takes fields, and so a case's `inputs`. */
export function takesInputs(prompt: PromptRecord): boolean {
  return prompt.pieces !== undefined || ROLES.some((role) => prompt[role] !== undefined);
}

/** Field names in use: a text with such a name in braces asks for the field. */
const USUAL = [
  "prompt",
  "image",
  "question",
  "steps",
  "query",
  "document",
  "source",
  "edited",
  "instruction",
  "caption",
  "response",
];

/** What a prompt takes, by the names of its fields. */
export interface PromptFields {
  readonly texts: ReadonlySet<string>;
  readonly lists: ReadonlySet<string>;
  readonly images: ReadonlySet<string>;
  readonly pages: ReadonlySet<string>;
  readonly sides: ReadonlySet<string>;
}

/** The place of a field in a text, `{name}`; Python's `\w`. */
export const PLACE: RegExp = /\{([\p{L}\p{N}_]+)\}/gu;

/** Returns the fields that a prompt names. Of names in braces also those that no case has. */
export function fieldsOf(prompt: PromptRecord): PromptFields {
  const texts = new Set<string>();
  const lists = new Set<string>();
  const images = new Set<string>();
  const pages = new Set<string>();
  const sides = new Set<string>();
  const addText = (text: string): void => {
    for (const [, name] of text.matchAll(PLACE)) texts.add(String(name));
  };
  for (const part of ROLES.flatMap((role) => prompt[role] ?? [])) {
    if ("text" in part) addText(part.text);
    else if ("image" in part) images.add(part.image);
    else if ("pages" in part) pages.add(part.pages);
    else if ("each" in part) lists.add(part.each);
    else sides.add(part.side);
  }
  for (const piece of prompt.pieces ?? []) {
    if (typeof piece === "string") addText(piece);
    else lists.add(piece.each);
  }
  return { texts, lists, images, pages, sides };
}

/** Returns the names that a case must have a value for: other names in braces are literal text. */
export function requiredFields(prompt: PromptRecord): readonly string[] {
  const { texts, lists, images, pages } = fieldsOf(prompt);
  const usual = [...texts].filter((name) => USUAL.includes(name));
  return [...usual, ...lists, ...images, ...pages];
}
